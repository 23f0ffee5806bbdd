// One row on its way in: the roles of columns, its fields, and the rules it must keep. Pure; used
// by every parser.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/market/candle.h"
#include "tidemark/market/interval.h"
#include "tidemark/market/trade.h"
#include "tidemark/source/file/time_text.h"
#include "tidemark/source/file/trade_field.h"

namespace tidemark {

enum class Role : uint8_t {
  kSkip,
  kTime,
  kOpen,
  kHigh,
  kLow,
  kClose,
  kVolume,
  kSymbol,
  kPrice,
  kSize,
  kSide,
  kId,
  kSequence,
  kVenue
};
constexpr size_t kRoleCount = 14;
std::string_view NameOf(Role role);  // "time", "open", …; "" for kSkip

// The closed list of reasons. CodeOf gives the text stored in `rejects`.
enum class RejectReason : uint8_t {
  kBadTime,          // not a time
  kDamagedTime,      // a spreadsheet rounded it: 1.369E+12, 41413.64
  kTimeOutOfRange,   // before 2009-01-03 or more than a day ahead
  kTimeMisaligned,   // not a multiple of the interval
  kTimeNonexistent,  // skipped by the time zone's clock change
  kBadNumber,        // a field that should be a number is not
  kMissingValue,     // some of open, high, low, close are empty, others not
  kFieldCount,       // more or fewer fields than the header
  kOutOfRange,       // 2^44 or more
  kNotPositive,      // a price of 0 or less; a trade's size of 0 or less
  kHighBelowBody,    // high < max(open, close)
  kLowAboveBody,     // low > min(open, close)
  kNegativeVolume,
  kBadSymbol,      // or a venue that is none
  kBadSide,        // of a trade, neither bought nor sold nor unknown
  kDamagedId,      // a spreadsheet rounded it: 1.2E+11
  kBadRecord,      // not the JSON it should be
  kTruncated,      // the file ends inside it
  kUnknownLayout,  // a member of an archive that is neither candles nor trades
  // Of messages only.
  kBadInterval,     // a candle of a length we cannot hold
  kUnknownMessage,  // well-formed, and of no known kind
};
std::string_view CodeOf(RejectReason reason);

constexpr double kNumberLimit = 17592186044416.0;       // 2^44
constexpr EventTime kFirstTime{14247 * kMicrosPerDay};  // 2009-01-03
constexpr size_t kRejectBytesKept = 64 * 1024;

struct RowRules {
  bool trades = false;
  SideForm side_form = SideForm::kText;
  bool needs_symbol = false;  // the file has none: a row must say its own
  EventTime first = kFirstTime;
  EventTime last = kMaxTime;         // inclusive
  std::optional<Interval> interval;  // unset while the interval is being found out
  bool time_is_close = false;
  TimeFormat time;
  bool decimal_comma = false;
};

// Where RowValues keeps the number of a role that is one: price and size where open and high are.
constexpr size_t NumberIndex(Role role) {
  return static_cast<size_t>(role) -
         static_cast<size_t>(role < Role::kPrice ? Role::kOpen : Role::kPrice);
}

// Fields as numbers; NaN where empty.
struct RowValues {
  int64_t time_us = 0;
  std::array<double, 5> number = {kNull, kNull, kNull, kNull, kNull};  // open high low close volume
  std::string_view symbol, venue;
  std::string_view id;  // "" when there is none, or it is in id_number
  int64_t id_number = kNullInt, sequence = kNullInt;
  Side side = Side::kUnknown;
  double& Of(Role role) { return number[NumberIndex(role)]; }
  double price() const { return number[0]; }
  double size() const { return number[1]; }
  double open() const { return number[0]; }
  double high() const { return number[1]; }
  double low() const { return number[2]; }
  double close() const { return number[3]; }
  double volume() const { return number[4]; }
};

struct Rejection {
  RejectReason reason;
  std::string message;
};

// Reads a time field into row->time_us, or says what is wrong with it.
std::optional<Rejection> ReadTime(std::string_view text, const TimeFormat& format, RowValues* row);

// Reads the text of a field into `row`, which may keep views of it. A number's comma is its point
// where the rules say so.
std::optional<Rejection> ReadField(std::string_view text, Role role, const RowRules& rules,
                                   RowValues* row);

// The rules in the form the hot loop wants.
class RowChecker {
 public:
  explicit RowChecker(const RowRules& rules);
  const RowRules& rules() const { return rules_; }
  bool trades() const { return rules_.trades; }

  // True when the row keeps every rule; then time_us is its open time. False says nothing about
  // why.
  bool Quick(RowValues& row) const {
    const double o = row.number[0], h = row.number[1], l = row.number[2], c = row.number[3];
    const double v = row.number[4];
    if (rules_.trades) return QuickTrade(row);
    if (!QuickTime(row)) return false;
    // Negated where NaN must fail, plain where it may pass: only the volume may be absent.
    return l > 0 && l <= o && l <= c && h >= o && h >= c && h < kNumberLimit && !(v < 0) &&
           !(v >= kNumberLimit);
  }
  // The same with the reason. nullopt: the row is good, time_us is its open time.
  std::optional<Rejection> Check(RowValues& row) const;
  static bool IsPlaceholder(const RowValues& row);

 private:
  bool QuickTrade(const RowValues& row) const {
    const double p = row.number[0], s = row.number[1];
    return row.time_us >= rules_.first.us && row.time_us <= rules_.last.us && p > 0 && s > 0 &&
           p < kNumberLimit && s < kNumberLimit;
  }
  std::optional<Rejection> CheckTime(RowValues& row) const;
  static std::optional<Rejection> CheckTrade(const RowValues& row);
  static std::optional<Rejection> CheckCandle(const RowValues& row);
  bool QuickTime(const RowValues& row) const {
    if (!quick_ || row.time_us < rules_.first.us || row.time_us > rules_.last.us) return false;
    if (step_ == 1) return true;
    // The quotient may be one off: times are below 2^53, so the remainder tells all the same.
    const auto quotient = static_cast<int64_t>(static_cast<double>(row.time_us) * inverse_);
    const int64_t rest = row.time_us - quotient * step_;
    return rest == 0 || rest == step_ || rest == -step_;
  }
  RowRules rules_;
  bool quick_ = false;  // open times of a fixed interval
  int64_t step_ = 1;
  double inverse_ = 1;
};

}  // namespace tidemark
