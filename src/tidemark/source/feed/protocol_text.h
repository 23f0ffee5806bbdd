// What the venues' protocols share: lists in JSON, names of intervals, numbers in addresses.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>

#include "tidemark/base/json_text.h"
#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

// ours, theirs: {"1h", "60"}
struct IntervalNames {
  std::string_view ours, theirs;
};

// Errors: kUnsupported, with those there are.
inline Result<std::string> IntervalName(std::span<const IntervalNames> names,
                                        const Interval& interval, std::string_view venue) {
  const std::string text = interval.ToString();
  std::string offered;
  for (const IntervalNames& name : names) {
    if (name.ours == text) return std::string(name.theirs);
    offered += offered.empty() ? "" : ", ";
    offered += name.ours;
  }
  return Fail(ErrorCode::kUnsupported,
              fmt::format("{} has no candles of {} (it has {})", venue, text, offered));
}

inline std::unexpected<Error> NotOffered(std::string_view venue, std::string_view what) {
  return Fail(ErrorCode::kUnsupported, fmt::format("{} does not offer {}", venue, what));
}

// ["a","b"] of what `text(topic)` gives.
template <typename Text>
std::string JsonListOf(std::span<const FeedTopic> topics, const Text& text) {
  std::string out = "[";
  for (const FeedTopic& topic : topics) {
    if (out.size() > 1) out += ',';
    AppendJsonString(text(topic), &out);
  }
  return out + "]";
}
inline std::string JsonSpellings(std::span<const FeedTopic> topics) {
  return JsonListOf(topics, [](const FeedTopic& topic) { return topic.spelling; });
}

inline int64_t Millis(EventTime time) { return time.us / kMicrosPerMilli; }
inline int64_t Seconds(EventTime time) { return time.us / kMicrosPerSecond; }
// The last millisecond or second before an end that does not belong to the range.
inline int64_t LastMilli(EventTime end) { return Millis(end - 1); }
inline int64_t LastSecond(EventTime end) { return Seconds(end - 1); }
// The first whole millisecond at or after `time`.
inline int64_t CeilMillis(EventTime time) { return Millis(time + (kMicrosPerMilli - 1)); }

using NextRequest = Result<std::optional<RestRequest>>;

inline std::string BaseQuote(const Symbol& symbol) { return symbol.base() + symbol.quote(); }

}  // namespace tidemark
