// Simulated candles as the text of the two study formats, good and damaged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tidemark/base/random.h"
#include "tidemark/source/simulator/candle_path.h"

namespace tidemark {

enum class SimulatedFormat {
  kCsv,        // header, then time,open,close,high,low,volume
  kJsonLines,  // one object a line
  kResults,    // one document {"results":[…]}
};

// Ways to damage a row. The first ones leave the text well formed and the values wrong; from
// kNotANumber on a document would not parse any more, so kResults files get only the ones before.
enum class Damage {
  kHighBelowBody,
  kLowAboveBody,
  kNegativePrice,
  kZeroPrice,
  kHugePrice,  // 1e20
  kNegativeVolume,
  kMisalignedTime,  // 17 s into the minute
  kFutureTime,      // the year 2200
  kAncientTime,     // before the first block of 3 January 2009
  kNotANumber,      // letters in a number
  kMissingField,
  kExcelTime,  // 1.369E+12
  kCutLine,    // ends in the middle
  kGarbage,    // bytes that are no row at all
};
constexpr int kDamageKinds = 14;
constexpr int kWellFormedDamageKinds = 9;
std::string_view NameOf(Damage damage);

// Decimal text of `value` × 10^-decimals without trailing zeros, as an exchange prints it.
void AppendDecimal(int64_t value, int decimals, std::string* out);
// Volumes below 1e-5 in exponent form ("3e-7"), and 1 in 4,096 with float residue behind its
// digits, as the archives of real venues have them.
void AppendVolume(int64_t volume, int64_t open_time_us, std::string* out);

class CandleText {
 public:
  CandleText(SimulatedFormat format, int price_decimals)
      : format_(format), price_decimals_(price_decimals) {}
  // What stands before the first row, between rows and after the last.
  std::string_view Prologue() const;
  std::string_view Separator() const;
  std::string_view Epilogue() const;

  void AppendRow(const SimulatedCandle& candle, std::string* out) const;
  // A minute without trades as some archives write it: time, and no values.
  void AppendPlaceholder(int64_t open_time_us, std::string* out) const;
  void AppendDamaged(SimulatedCandle candle, Damage damage, Random& random, std::string* out) const;

 private:
  struct Texts;
  void AppendFields(const Texts& texts, std::string* out) const;
  Texts TextsOf(const SimulatedCandle& candle) const;

  SimulatedFormat format_;
  int price_decimals_;
};

}  // namespace tidemark
