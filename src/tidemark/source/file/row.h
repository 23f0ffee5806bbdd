// One row on its way in: the roles of columns, the rules a row must keep, and what a block of
// content becomes. Pure; used by every parser.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/market/candle.h"
#include "tidemark/market/interval.h"
#include "tidemark/market/series.h"
#include "tidemark/source/file/candle_reader.h"
#include "tidemark/source/file/time_text.h"

namespace tidemark {

enum class Role : uint8_t { kSkip, kTime, kOpen, kHigh, kLow, kClose, kVolume, kSymbol };
constexpr size_t kRoleCount = 8;
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
  kNotPositive,      // a price of 0 or less
  kHighBelowBody,    // high < max(open, close)
  kLowAboveBody,     // low > min(open, close)
  kNegativeVolume,
  kBadSymbol,
  kBadRecord,      // not the JSON it should be
  kTruncated,      // the file ends inside it
  kUnknownLayout,  // a member of an archive that is not candles
  // Of messages only.
  kBadSide,         // neither buy nor sell
  kBadInterval,     // a candle of a length we cannot hold
  kUnknownMessage,  // well-formed, and of no known kind
};
std::string_view CodeOf(RejectReason reason);

constexpr double kNumberLimit = 17592186044416.0;       // 2^44
constexpr EventTime kFirstTime{14247 * kMicrosPerDay};  // 2009-01-03
constexpr size_t kRejectBytesKept = 64 * 1024;

struct RowRules {
  EventTime first = kFirstTime;
  EventTime last = kMaxTime;         // inclusive
  std::optional<Interval> interval;  // unset while the interval is being found out
  bool time_is_close = false;
  TimeFormat time;
  bool decimal_comma = false;
};

// Fields as numbers; NaN where empty.
struct RowValues {
  int64_t time_us = 0;
  std::array<double, 5> number = {kNull, kNull, kNull, kNull, kNull};  // open high low close volume
  std::string_view symbol;
  double& Of(Role role) { return number[static_cast<size_t>(role) - 2]; }
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

// The rules in the form the hot loop wants.
class RowChecker {
 public:
  explicit RowChecker(const RowRules& rules);
  const RowRules& rules() const { return rules_; }

  // True when the row keeps every rule; then time_us is its open time. False says nothing about
  // why.
  bool Quick(RowValues& row) const {
    const double o = row.number[0], h = row.number[1], l = row.number[2], c = row.number[3];
    const double v = row.number[4];
    if (!QuickTime(row)) return false;
    // Negated where NaN must fail, plain where it may pass: only the volume may be absent.
    return l > 0 && l <= o && l <= c && h >= o && h >= c && h < kNumberLimit && !(v < 0) &&
           !(v >= kNumberLimit);
  }
  // The same with the reason. nullopt: the row is good, time_us is its open time.
  std::optional<Rejection> Check(RowValues& row) const;
  static bool IsPlaceholder(const RowValues& row);

 private:
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

// What one block of content became. Positions and lines of rejects are relative to the block.
class BlockOutput {
 public:
  struct SymbolRows {
    std::string text;              // as in the file; "" when there is no symbol column
    std::optional<Symbol> symbol;  // unset: the file's own
    CandleColumns rows;
  };
  std::vector<SymbolRows> series;  // in order of first appearance
  std::vector<RejectedRow> rejects;
  int64_t rows = 0, placeholder = 0;
  int64_t header_bytes = 0, row_bytes = 0, reject_bytes = 0, separator_bytes = 0;
  int64_t lines = 0;      // line ends passed
  bool ended = false;     // the array of records was closed: what follows is not rows
  int64_t size_hint = 0;  // rows to expect

  // False when row.symbol is not a symbol.
  bool Add(const RowValues& row) {
    if (last_ == nullptr || row.symbol != last_text_) [[unlikely]] {
      if (!SwitchSymbol(row.symbol)) return false;
    }
    last_->open_time.push_back(row.time_us);
    last_->open.push_back(row.number[0]);
    last_->high.push_back(row.number[1]);
    last_->low.push_back(row.number[2]);
    last_->close.push_back(row.number[3]);
    last_->volume.push_back(row.number[4] + 0.0);  // -0 becomes 0
    ++rows;
    return true;
  }
  // Checks and files a row whose record is `bytes` at `position`: as row, placeholder or reject.
  void File(const RowChecker& checker, RowValues& row, std::string_view bytes, int64_t position);
  void Reject(Rejection rejection, std::string_view bytes, int64_t position);

 private:
  bool SwitchSymbol(std::string_view text);
  CandleColumns* last_ = nullptr;
  std::string last_text_;
};

}  // namespace tidemark
