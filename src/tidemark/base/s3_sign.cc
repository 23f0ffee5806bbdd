#include "tidemark/base/s3_sign.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"

namespace tidemark {
namespace {

std::string HmacSha256(std::string_view key, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(text.data()), text.size(), out,
               &size) != nullptr);
  return std::string(reinterpret_cast<const char*>(out), size);
}

// "20130524T000000Z"
std::string BasicTime(ReceiveTime now) {
  const EventTime t{now.us};
  const CivilDate d = CivilOf(t);
  const int64_t second = (t.us - FloorToDay(t).us) / kMicrosPerSecond;
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", d.year, d.month, d.day, second / 3600,
                     second / 60 % 60, second % 60);
}

}  // namespace

std::string UriEncode(std::string_view text, bool keep_slash) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string EncodeQuery(const std::map<std::string, std::string>& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += UriEncode(name, false) + "=" + UriEncode(value, false);
  }
  return out;
}

void SignS3Request(const S3Keys& keys, const std::string& region, ReceiveTime now,
                   S3Request& request) {
  if (keys.access_key.empty()) return;
  const std::string time = BasicTime(now);
  const std::string date = time.substr(0, 8);
  request.headers["x-amz-date"] = time;
  request.headers["x-amz-content-sha256"] = request.payload_sha256;
  if (!keys.session_token.empty()) {
    request.headers["x-amz-security-token"] = keys.session_token;
  }

  std::map<std::string, std::string> to_sign = request.headers;
  to_sign["host"] = request.host;
  std::string canonical_headers, names;
  for (const auto& [name, value] : to_sign) {
    canonical_headers += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, UriEncode(request.path, true),
                  EncodeQuery(request.query), canonical_headers, names, request.payload_sha256);
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", date, region);
  const std::string text =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, Sha256::Of(canonical));
  std::string key = HmacSha256("AWS4" + keys.secret_key, date);
  key = HmacSha256(key, region);
  key = HmacSha256(key, "s3");
  key = HmacSha256(key, "aws4_request");
  request.headers["authorization"] =
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                  keys.access_key, scope, names, ToHex(HmacSha256(key, text)));
}

}  // namespace tidemark
