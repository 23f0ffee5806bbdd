#include "tidemark/base/s3.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "tidemark/base/check.h"
#include "tidemark/base/clock.h"
#include "tidemark/base/fault.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/s3_sign.h"
#include "tidemark/base/s3_xml.h"

namespace tidemark {
namespace {

struct Answer {
  long status = 0;
  std::string etag;
  std::string bucket_region;
  int64_t content_length = 0;
  std::string body;  // of errors always; of successes unless streamed
};

// What one transfer writes to. `on_bytes` is called for successful answers only.
struct Transfer {
  CURL* curl = nullptr;
  Answer answer;
  const std::function<Status(std::string_view)>* on_bytes = nullptr;
  long expected_status = 200;  // of the answers that go to on_bytes
  std::optional<Error> sink_error;
  int64_t streamed = 0;
};

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.on_bytes != nullptr && status == transfer.expected_status) {
    if (auto ok = (*transfer.on_bytes)({data, size}); !ok) {
      transfer.sink_error = ok.error();
      return 0;
    }
    transfer.streamed += static_cast<int64_t>(size);
    return size;
  }
  transfer.answer.body.append(data, size);
  return size;
}

std::string WithoutQuotes(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  Answer& answer = static_cast<Transfer*>(user)->answer;
  const std::string_view line(data, size);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' ')) {
    value.remove_suffix(1);
  }
  if (name == "etag") answer.etag = WithoutQuotes(value);
  if (name == "x-amz-bucket-region") answer.bucket_region = value;
  if (name == "content-length") {
    std::from_chars(value.data(), value.data() + value.size(), answer.content_length);
  }
  return size;
}

bool IsRetryable(long status) { return status == 429 || status == 408 || status >= 500; }

std::unexpected<Error> FailAnswer(const std::string& what, const Answer& answer) {
  const std::string code = XmlText(answer.body, "Code");
  const std::string words = XmlText(answer.body, "Message");
  std::string message =
      fmt::format("{}: HTTP {}{}{}{}{}", what, answer.status, code.empty() ? "" : " ", code,
                  words.empty() ? "" : ": ", words);
  if (answer.status == 301 || answer.status == 307 || !answer.bucket_region.empty()) {
    if (answer.status != 404 && answer.status != 403 && answer.status != 412) {
      message += answer.bucket_region.empty()
                     ? " (the bucket is in another region)"
                     : fmt::format(" (the bucket is in region {})", answer.bucket_region);
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
  return Fail(IsRetryable(answer.status) ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
              message);
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
  mutable std::mutex mutex;
  mutable std::vector<CURL*> idle;  // kept connections

  ~Impl() {
    for (CURL* curl : idle) curl_easy_cleanup(curl);
  }
  CURL* Take() const {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return curl_easy_init();
    CURL* curl = idle.back();
    idle.pop_back();
    curl_easy_reset(curl);
    return curl;
  }
  void Give(CURL* curl) const {
    const std::lock_guard lock(mutex);
    idle.push_back(curl);
  }

  S3Request RequestFor(const std::string& method, const S3Location& at) const {
    S3Request request;
    request.method = method;
    request.host = options.path_style ? host : at.bucket + "." + host;
    request.path =
        options.path_style ? "/" + at.bucket + (at.key.empty() ? "" : "/" + at.key) : "/" + at.key;
    return request;
  }

  // One attempt. Errors: kUnavailable when there was no complete answer.
  Result<Answer> Once(S3Request request, std::string_view body, Transfer& transfer) const;
  // Attempts until there is an answer that trying again cannot better. `lost` tells whether an
  // attempt may have reached the server without us hearing its answer.
  Result<Answer> Send(const S3Request& request, std::string_view body, bool* lost = nullptr) const;
  void Pause(int attempt) const {
    const int shift = std::min(attempt, 6);
    std::this_thread::sleep_for(std::chrono::milliseconds(options.first_pause_ms << shift));
  }
};

Result<Answer> S3Client::Impl::Once(S3Request request, std::string_view body,
                                    Transfer& transfer) const {
  request.payload_sha256 = Sha256::Of(body);
  SignS3Request(options, SystemClock().Now(), request);
  CURL* curl = Take();
  CHECK(curl != nullptr);
  transfer.curl = curl;
  const std::string query = EncodeQuery(request.query);
  const std::string url =
      fmt::format("{}://{}{}{}{}", scheme, request.host, UriEncode(request.path, true),
                  query.empty() ? "" : "?", query);
  curl_slist* headers = nullptr;
  for (const auto& [name, value] : request.headers) {
    headers = curl_slist_append(headers, fmt::format("{}: {}", name, value).c_str());
  }
  headers = curl_slist_append(headers, "Expect:");
  headers = curl_slist_append(headers, "Content-Type:");
  char error_text[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L * 1024L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  } else if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.answer.status);
  curl_slist_free_all(headers);
  Give(curl);
  if (transfer.sink_error) return Fail(*transfer.sink_error);
  if (code != CURLE_OK) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{} {}: {}", request.method, url,
                            error_text[0] != 0 ? error_text : curl_easy_strerror(code)));
  }
  return std::move(transfer.answer);
}

Result<Answer> S3Client::Impl::Send(const S3Request& request, std::string_view body,
                                    bool* lost) const {
  for (int attempt = 0;; ++attempt) {
    Transfer transfer;
    auto answer = Once(request, body, transfer);
    const bool good = answer && !IsRetryable(answer->status);
    if (good || attempt + 1 >= options.attempts) return answer;
    if (lost != nullptr) *lost = true;
    Pause(attempt);
  }
}

S3Client::S3Client(S3Options options) : impl_(std::make_unique<Impl>()) {
  static std::once_flag once;
  std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
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
  TM_ASSIGN(Answer answer, impl_->Send(impl_->RequestFor("GET", object), ""));
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
  TM_ASSIGN(Answer answer, impl_->Send(request, ""));
  if (answer.status == 416) return std::string();
  if (answer.status == 200) {  // a server without ranges sent it all
    if (static_cast<size_t>(offset) >= answer.body.size()) return std::string();
    return answer.body.substr(static_cast<size_t>(offset), static_cast<size_t>(length));
  }
  if (answer.status != 206) return FailAnswer("GET " + object.ToString(), answer);
  return std::move(answer.body);
}

Status S3Client::GetStream(const S3Location& object,
                           const std::function<Status(std::string_view)>& on_bytes) const {
  int64_t done = 0;
  std::string etag;
  for (int attempt = 0;;) {
    S3Request request = impl_->RequestFor("GET", object);
    if (done > 0) {
      request.headers["range"] = fmt::format("bytes={}-", done);
      request.headers["if-match"] = "\"" + etag + "\"";
    }
    Transfer transfer;
    transfer.on_bytes = &on_bytes;
    transfer.expected_status = done > 0 ? 206 : 200;
    auto answer = impl_->Once(request, "", transfer);
    if (transfer.sink_error) return Fail(*transfer.sink_error);
    // A resumed read must be answered with the rest, not with the whole object again.
    const bool good = answer && answer->status == transfer.expected_status;
    if (good || (done > 0 && answer && answer->status == 416)) return {};
    if (answer && !IsRetryable(answer->status)) {
      return FailAnswer("GET " + object.ToString(), *answer);
    }
    if (transfer.streamed > 0) {
      if (done == 0) etag = transfer.answer.etag;
      done += transfer.streamed;
      attempt = 0;
    }
    if (++attempt >= impl_->options.attempts) {
      return answer ? Status(FailAnswer("GET " + object.ToString(), *answer))
                    : Status(Fail(answer.error()));
    }
    impl_->Pause(attempt - 1);
  }
}

Result<S3Object> S3Client::Head(const S3Location& object) const {
  TM_ASSIGN(Answer answer, impl_->Send(impl_->RequestFor("HEAD", object), ""));
  if (answer.status != 200) return FailAnswer("HEAD " + object.ToString(), answer);
  return S3Object{object.key, answer.content_length, answer.etag};
}

Result<std::string> S3Client::Put(const S3Location& object, std::string_view bytes) const {
  TM_TRY(FaultPoint("put", object.key));
  TM_ASSIGN(Answer answer, impl_->Send(impl_->RequestFor("PUT", object), bytes));
  if (answer.status / 100 != 2) return FailAnswer("PUT " + object.ToString(), answer);
  return answer.etag;
}

Result<std::string> S3Client::PutIfAbsent(const S3Location& object, std::string_view bytes) const {
  TM_TRY(FaultPoint("put", object.key));
  S3Request request = impl_->RequestFor("PUT", object);
  request.headers["if-none-match"] = "*";
  bool lost = false;
  TM_ASSIGN(Answer answer, impl_->Send(request, bytes, &lost));
  if (answer.status / 100 == 2) return answer.etag;
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
  TM_ASSIGN(const Answer answer, impl_->Send(impl_->RequestFor("DELETE", object), ""));
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
    TM_ASSIGN(const Answer answer, impl_->Send(request, ""));
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
  TM_ASSIGN(const Answer answer, impl_->Send(impl_->RequestFor("PUT", {bucket, ""}), body));
  const bool ours = XmlText(answer.body, "Code") == "BucketAlreadyOwnedByYou";
  if (answer.status / 100 == 2 || ours) return {};
  return FailAnswer("CREATE s3://" + bucket, answer);
}

}  // namespace tidemark
