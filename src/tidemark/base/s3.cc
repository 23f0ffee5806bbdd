#include "tidemark/base/s3.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

#include "tidemark/base/check.h"
#include "tidemark/base/clock.h"
#include "tidemark/base/fault.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/http.h"
#include "tidemark/base/s3_keys.h"
#include "tidemark/base/s3_sign.h"
#include "tidemark/base/s3_xml.h"

namespace tidemark {
namespace {

std::string WithoutQuotes(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

std::string EtagOf(const HttpAnswer& answer) { return WithoutQuotes(answer.Header("etag")); }

std::unexpected<Error> FailAnswer(const std::string& what, const HttpAnswer& answer) {
  const std::string code = XmlText(answer.body, "Code");
  const std::string words = XmlText(answer.body, "Message");
  std::string message =
      fmt::format("{}: HTTP {}{}{}{}{}", what, answer.status, code.empty() ? "" : " ", code,
                  words.empty() ? "" : ": ", words);
  const std::string region = answer.Header("x-amz-bucket-region");
  if (answer.status == 301 || answer.status == 307 || !region.empty()) {
    if (answer.status != 404 && answer.status != 403 && answer.status != 412) {
      message += region.empty() ? " (the bucket is in another region)"
                                : fmt::format(" (the bucket is in region {})", region);
    }
  }
  switch (answer.status) {
    case 404:
      return Fail(ErrorCode::kNotFound, message);
    case 401:
    case 403:
      return Fail(ErrorCode::kPermission, message);
    case 409:
    case 412:
      return Fail(ErrorCode::kConflict, message);
    default:
      break;
  }
  return Fail(answer.retryable() ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument, message);
}

}  // namespace

bool IsS3Uri(std::string_view uri) { return uri.starts_with("s3://") || uri.starts_with("s3a://"); }

Result<S3Location> ParseS3Uri(std::string_view uri) {
  if (!IsS3Uri(uri)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("not an s3:// address: '{}'", uri));
  }
  std::string_view rest = uri.substr(uri.find("://") + 3);
  const size_t slash = rest.find('/');
  S3Location location;
  location.bucket = rest.substr(0, slash);
  if (slash != std::string_view::npos) location.key = rest.substr(slash + 1);
  if (location.bucket.empty()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("no bucket in '{}'", uri));
  }
  return location;
}

struct S3Client::Impl {
  S3Options options;
  std::string scheme, host;
  HttpClient http;

  S3Request RequestFor(const std::string& method, const S3Location& at) const {
    S3Request request;
    request.method = method;
    request.host = options.path_style ? host : at.bucket + "." + host;
    request.path =
        options.path_style ? "/" + at.bucket + (at.key.empty() ? "" : "/" + at.key) : "/" + at.key;
    return request;
  }

  Result<S3Keys> Keys() const {
    if (options.key_source != nullptr) return options.key_source->Keys();
    return S3Keys{options.access_key, options.secret_key, options.session_token};
  }
  // One attempt, signed at its time. Errors: kUnavailable when there was no complete answer.
  Result<HttpAnswer> Once(const S3Keys& keys, S3Request request, std::string_view body) const;
  // Attempts until there is an answer that trying again cannot better. `lost` tells whether an
  // attempt may have reached the server without us hearing its answer.
  Result<HttpAnswer> Send(const S3Request& request, std::string_view body,
                          bool* lost = nullptr) const;
};

Result<HttpAnswer> S3Client::Impl::Once(const S3Keys& keys, S3Request request,
                                        std::string_view body) const {
  SignS3Request(keys, options.region, SystemClock().Now(), request);
  const std::string query = EncodeQuery(request.query);
  return http.Send(
      {.method = request.method,
       .url = fmt::format("{}://{}{}{}{}", scheme, request.host, UriEncode(request.path, true),
                          query.empty() ? "" : "?", query),
       .headers = request.headers,
       .body = body});
}

Result<HttpAnswer> S3Client::Impl::Send(const S3Request& request, std::string_view body,
                                        bool* lost) const {
  S3Request signed_request = request;
  signed_request.payload_sha256 = Sha256::Of(body);
  for (int attempt = 0;; ++attempt) {
    TM_ASSIGN(const S3Keys keys, Keys());
    auto answer = Once(keys, signed_request, body);
    const bool good = answer && !answer->retryable();
    if (good || attempt + 1 >= options.attempts) return answer;
    if (lost != nullptr) *lost = true;
    const int shift = std::min(attempt, 6);
    std::this_thread::sleep_for(std::chrono::milliseconds(options.first_pause_ms << shift));
  }
}

S3Client::S3Client(S3Options options) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  std::string endpoint = impl_->options.endpoint;
  if (endpoint.empty())
    endpoint = fmt::format("https://s3.{}.amazonaws.com", impl_->options.region);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const size_t at = endpoint.find("://");
  impl_->scheme = at == std::string::npos ? "https" : endpoint.substr(0, at);
  impl_->host = at == std::string::npos ? endpoint : endpoint.substr(at + 3);
}
S3Client::~S3Client() = default;
S3Client::S3Client(S3Client&&) noexcept = default;
S3Client& S3Client::operator=(S3Client&&) noexcept = default;
const S3Options& S3Client::options() const { return impl_->options; }

Result<std::string> S3Client::Get(const S3Location& object) const {
  TM_ASSIGN(HttpAnswer answer, impl_->Send(impl_->RequestFor("GET", object), ""));
  if (answer.status != 200) return FailAnswer("GET " + object.ToString(), answer);
  return std::move(answer.body);
}

Result<std::string> S3Client::GetRange(const S3Location& object, int64_t offset, int64_t length,
                                       const std::string& if_match) const {
  CHECK(offset >= 0 && length >= 0);
  if (length == 0) return std::string();
  S3Request request = impl_->RequestFor("GET", object);
  request.headers["range"] = fmt::format("bytes={}-{}", offset, offset + length - 1);
  if (!if_match.empty()) request.headers["if-match"] = "\"" + if_match + "\"";
  TM_ASSIGN(HttpAnswer answer, impl_->Send(request, ""));
  if (answer.status == 416) return std::string();
  if (answer.status == 200) {  // a server without ranges sent it all
    if (static_cast<size_t>(offset) >= answer.body.size()) return std::string();
    return answer.body.substr(static_cast<size_t>(offset), static_cast<size_t>(length));
  }
  if (answer.status != 206) return FailAnswer("GET " + object.ToString(), answer);
  return std::move(answer.body);
}

Result<S3Object> S3Client::Head(const S3Location& object) const {
  TM_ASSIGN(HttpAnswer answer, impl_->Send(impl_->RequestFor("HEAD", object), ""));
  if (answer.status != 200) return FailAnswer("HEAD " + object.ToString(), answer);
  S3Object head{object.key, 0, EtagOf(answer)};
  const std::string size = answer.Header("content-length");
  std::from_chars(size.data(), size.data() + size.size(), head.size);
  return head;
}

Result<std::string> S3Client::Put(const S3Location& object, std::string_view bytes) const {
  TM_TRY(FaultPoint("put", object.key));
  TM_ASSIGN(HttpAnswer answer, impl_->Send(impl_->RequestFor("PUT", object), bytes));
  if (answer.status / 100 != 2) return FailAnswer("PUT " + object.ToString(), answer);
  return EtagOf(answer);
}

Result<std::string> S3Client::PutIfAbsent(const S3Location& object, std::string_view bytes) const {
  TM_TRY(FaultPoint("put", object.key));
  S3Request request = impl_->RequestFor("PUT", object);
  request.headers["if-none-match"] = "*";
  bool lost = false;
  TM_ASSIGN(HttpAnswer answer, impl_->Send(request, bytes, &lost));
  if (answer.status / 100 == 2) return EtagOf(answer);
  if (answer.status == 412 && lost) {
    const auto there = Get(object);
    if (there && *there == bytes) {
      TM_ASSIGN(const S3Object head, Head(object));
      return head.etag;
    }
  }
  return FailAnswer("PUT " + object.ToString(), answer);
}

Status S3Client::Delete(const S3Location& object) const {
  TM_TRY(FaultPoint("delete", object.key));
  TM_ASSIGN(const HttpAnswer answer, impl_->Send(impl_->RequestFor("DELETE", object), ""));
  const bool missing_key = answer.status == 404 && XmlText(answer.body, "Code") != "NoSuchBucket";
  if (answer.status / 100 == 2 || missing_key) return {};
  return FailAnswer("DELETE " + object.ToString(), answer);
}

Result<std::vector<S3Object>> S3Client::List(const S3Location& prefix,
                                             const std::string& start_after) const {
  std::vector<S3Object> objects;
  S3Request request = impl_->RequestFor("GET", {prefix.bucket, ""});
  request.query["list-type"] = "2";
  request.query["prefix"] = prefix.key;
  if (!start_after.empty()) request.query["start-after"] = start_after;
  const auto strange = [&](std::string_view what) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("LIST {}: the server {}", prefix.ToString(), what));
  };
  for (;;) {
    TM_ASSIGN(const HttpAnswer answer, impl_->Send(request, ""));
    if (answer.status != 200) return FailAnswer("LIST " + prefix.ToString(), answer);
    S3Listing page = ParseListing(answer.body);
    for (S3Object& object : page.objects) {
      if (!object.key.starts_with(prefix.key)) return strange("lists what is not below it");
      objects.push_back(std::move(object));
    }
    if (page.next.empty()) break;
    std::string& token = request.query["continuation-token"];
    if (token == page.next) return strange("gives the same page again");
    token = page.next;
  }
  std::sort(objects.begin(), objects.end(),
            [](const S3Object& a, const S3Object& b) { return a.key < b.key; });
  return objects;
}

Status S3Client::CreateBucket(const std::string& bucket) const {
  const S3Options& options = impl_->options;
  const std::string body =
      options.region == "us-east-1"
          ? ""
          : fmt::format(
                "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint>"
                "</CreateBucketConfiguration>",
                options.region);
  TM_ASSIGN(const HttpAnswer answer, impl_->Send(impl_->RequestFor("PUT", {bucket, ""}), body));
  const bool ours = XmlText(answer.body, "Code") == "BucketAlreadyOwnedByYou";
  if (answer.status / 100 == 2 || ours) return {};
  return FailAnswer("CREATE s3://" + bucket, answer);
}

}  // namespace tidemark
