// Any bytes as an address, as a date of HTTP and as a Retry-After.
#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = ParseUrl(text)) {
    CHECK(!url->host.empty() && url->target.starts_with('/'));
    for (const char c : url->target) CHECK(static_cast<unsigned char>(c) != '\n' && c != '\r');
    const std::string again = std::string(url->websocket ? "ws" : "http") +
                              (url->secure ? "s" : "") + "://" + url->HostHeader() + url->target;
    const auto same = ParseUrl(again);
    CHECK(same && same->host == url->host && same->port == url->port &&
          same->target == url->target);
  }
  if (const auto date = ParseHttpDate(text)) CHECK(ParseHttpDate(FormatHttpDate(*date)) == date);
  const auto wait = ParseRetryAfter(text, EventTime{1'700'000'000 * kMicrosPerSecond});
  CHECK(!wait || (*wait >= 0 && *wait <= kMicrosPerDay));
  return 0;
}
