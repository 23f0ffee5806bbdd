// Reads the fields of one row or message and remembers the first thing that is wrong with them;
// after that every read gives a harmless value. Nothing is allocated while all is well.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tidemark/market/trade.h"
#include "tidemark/source/feed/feed_message.h"
#include "tidemark/source/file/time_text.h"

namespace tidemark {

// How a venue says which side of a trade it speaks of.
enum class SideOf : uint8_t { kTaker, kMaker };

class FieldReader {
 public:
  // `element`: which row of the message, from 0; -1: the message itself.
  explicit FieldReader(const FeedMessage& message, int element = -1)
      : at_(message.at()), element_(element) {}

  bool ok() const { return ok_; }
  RejectReason reason() const { return reason_; }
  const std::string& message() const { return message_; }
  int element() const { return element_; }

  // Text or JSON number, exactly as the decimal says. |x| < 2^44.
  double Number(const JsonField& field, std::string_view name);
  double Price(const JsonField& field, std::string_view name = "price");    // > 0
  double Size(const JsonField& field, std::string_view name = "size");      // > 0
  double Volume(const JsonField& field, std::string_view name = "volume");  // >= 0
  // A whole number, as JSON number or digits.
  int64_t Int(const JsonField& field, std::string_view name);
  // An id as the venue spells it: text or whole number. Lives as long as this reader.
  std::string_view Id(const JsonField& field, std::string_view name = "id");
  // Not empty.
  std::string_view Text(const JsonField& field, std::string_view name);
  std::string_view Symbol(const JsonField& field, std::string_view name = "symbol");
  bool Bool(const JsonField& field, std::string_view name);
  // "buy" "b" "bid" / "sell" "s" "ask", in any case.
  Side TradeSide(const JsonField& field, SideOf whose, std::string_view name = "side");
  // From 2009-01-03 to a day after receipt. Numbers of the unit (kAuto: by magnitude) or digits;
  // seconds may have a fraction; kIso: "2021-04-17T16:43:30.244075Z". Below a microsecond is cut.
  EventTime Time(const JsonField& field, TimeUnit unit, std::string_view name = "time");
  struct CandleFields {
    JsonField open, high, low, close, volume;
  };
  // Into all of `candle` but its open time.
  void CandleValues(const CandleFields& fields, Candle* candle);
  // The interval of that name, or one minute.
  Interval IntervalNamed(std::string_view name);
  // Checks what candle rows are checked for.
  void CheckCandle(const Interval& interval, Candle* candle);

  void Fail(RejectReason reason, std::string message);

 private:
  EventTime InRange(int64_t us, std::string_view name);
  double BadNumber(const JsonField& field, std::string_view name);

  ReceiveTime at_;
  int element_;
  bool ok_ = true;
  RejectReason reason_ = RejectReason::kBadRecord;
  std::string message_;
  std::array<char, 24> id_text_;
};

// Of ISO 8601 in UTC, or with an offset, with any number of decimals; below a microsecond is cut.
// nullopt: not that.
std::optional<int64_t> MicrosOfIso(std::string_view text);

// A candle interval by the name a venue gives it: "1m" "4h" "1d" "1w" "1M", capitals and a
// trailing "utc" too; a bare number is minutes; "D" "W" "M". nullopt: not one we can hold.
std::optional<Interval> IntervalOfName(std::string_view name);
std::optional<Interval> IntervalOfMinutes(int64_t minutes);

}  // namespace tidemark
