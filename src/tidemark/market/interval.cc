#include "tidemark/market/interval.h"

#include "tidemark/base/check.h"

namespace tidemark {

Interval Interval::Fixed(int64_t micros) {
  CHECK(micros > 0 && kMicrosPerDay % micros == 0);
  return Interval(Unit::kFixed, micros);
}

Result<Interval> Interval::Parse(std::string_view text) {
  if (text == "1w" || text == "7d") return Week();
  if (text == "1mo" || text == "1M") return Month();
  const auto micros = ParseDuration(text);
  if (micros && kMicrosPerDay % *micros == 0) return Fixed(*micros);
  return Fail(ErrorCode::kParse, "not a candle interval: '" + std::string(text) +
                                     "' (use 1m, 5m, 15m, 1h, 4h, 1d, 1w, 1mo or a length that "
                                     "divides a day)");
}

std::string Interval::ToString() const {
  if (unit_ == Unit::kWeek) return "1w";
  if (unit_ == Unit::kMonth) return "1mo";
  return FormatDuration(micros_);
}

EventTime Interval::OpenOf(EventTime t) const {
  if (unit_ == Unit::kWeek) return FloorToWeek(t);
  if (unit_ == Unit::kMonth) return FloorToMonth(t);
  const int64_t quotient = t.us / micros_ - (t.us % micros_ < 0 ? 1 : 0);
  return {quotient * micros_};
}

EventTime Interval::CloseOf(EventTime open) const {
  return unit_ == Unit::kMonth ? AddMonths(open, 1) : open + micros_;
}

}  // namespace tidemark
