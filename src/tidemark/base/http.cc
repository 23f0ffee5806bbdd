#include "tidemark/base/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <mutex>
#include <vector>

#include "tidemark/base/check.h"
#include "tidemark/base/text.h"

namespace tidemark {
namespace {

size_t OnBody(char* data, size_t, size_t size, void* user) {
  static_cast<HttpAnswer*>(user)->body.append(data, size);
  return size;
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  const std::string_view line(data, size);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  const size_t begin = line.find_first_not_of(' ', colon + 1);
  const size_t end = line.find_last_not_of(" \r\n");
  static_cast<HttpAnswer*>(user)->headers[ToLower(line.substr(0, colon))] =
      begin == std::string_view::npos || end < begin ? "" : line.substr(begin, end + 1 - begin);
  return size;
}

}  // namespace

struct HttpClient::Connections {
  std::mutex mutex;
  std::vector<CURL*> idle;

  ~Connections() {
    for (CURL* curl : idle) curl_easy_cleanup(curl);
  }
  CURL* Take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return curl_easy_init();
    CURL* curl = idle.back();
    idle.pop_back();
    curl_easy_reset(curl);
    return curl;
  }
  void Give(CURL* curl) {
    const std::lock_guard lock(mutex);
    idle.push_back(curl);
  }
};

HttpClient::HttpClient() : connections_(std::make_unique<Connections>()) {
  static std::once_flag once;
  std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpAnswer> HttpClient::Send(const HttpRequest& request) const {
  CURL* curl = connections_->Take();
  CHECK(curl != nullptr);
  curl_slist* headers = nullptr;
  for (const auto& [name, value] : request.headers) {
    headers = curl_slist_append(headers, fmt::format("{}: {}", name, value).c_str());
  }
  headers = curl_slist_append(headers, "Expect:");
  if (!request.headers.contains("content-type")) {
    headers = curl_slist_append(headers, "Content-Type:");
  }
  HttpAnswer answer;
  char error_text[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, request.connect_timeout_ms);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request.timeout_ms);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L * 1024L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  if (request.direct) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_slist_free_all(headers);
  connections_->Give(curl);
  if (code != CURLE_OK) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{} {}: {}", request.method, request.url,
                            error_text[0] != 0 ? error_text : curl_easy_strerror(code)));
  }
  return answer;
}

}  // namespace tidemark
