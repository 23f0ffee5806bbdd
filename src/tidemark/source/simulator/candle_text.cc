#include "tidemark/source/simulator/candle_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, kDamageKinds> kDamageNames = {
    "high_below_body", "low_above_body",  "negative_price", "zero_price",   "huge_price",
    "negative_volume", "misaligned_time", "future_time",    "ancient_time", "not_a_number",
    "missing_field",   "excel_time",      "cut_line",       "garbage"};
constexpr int64_t kFutureOffsetMs = 7'258'118'400'000;   // 2200-01-01
constexpr int64_t kAncientOffsetMs = 1'199'145'600'000;  // 2008-01-01

void AppendInt(int64_t value, std::string* out) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  out->append(buffer, end);
}

}  // namespace

struct CandleText::Texts {
  std::string time, open, close, high, low, volume;
};

std::string_view NameOf(Damage damage) { return kDamageNames[static_cast<size_t>(damage)]; }

void AppendDecimal(int64_t value, int decimals, std::string* out) {
  if (value < 0) {
    out->push_back('-');
    value = -value;
  }
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  const int count = static_cast<int>(end - digits);
  const int whole = count - decimals;
  int last = count;
  while (last > std::max(whole, 0) && digits[last - 1] == '0') --last;
  if (whole <= 0) {
    out->push_back('0');
    if (last == 0) return;
    out->push_back('.');
    out->append(static_cast<size_t>(-whole), '0');
    out->append(digits, digits + last);
    return;
  }
  out->append(digits, digits + whole);
  if (last > whole) {
    out->push_back('.');
    out->append(digits + whole, digits + last);
  }
}

void AppendVolume(int64_t volume, int64_t open_time_us, std::string* out) {
  if (volume < 1000) {
    // 1e-8 … 9.99e-6: the shortest exponent form.
    int exponent = -8;
    while (volume % 10 == 0) {
      volume /= 10;
      ++exponent;
    }
    int digits = 1;
    for (int64_t rest = volume; rest >= 10; rest /= 10) ++digits;
    AppendDecimal(volume, digits - 1, out);
    out->push_back('e');
    AppendInt(exponent + digits - 1, out);
    return;
  }
  AppendDecimal(volume, 8, out);
  // Residue of a sum of doubles in the seventeenth digit; chosen by the row, not by the stream, so
  // that repeats of the row have the same text.
  const uint64_t mixed =
      static_cast<uint64_t>(open_time_us / kMicrosPerMinute) * 0x9e3779b97f4a7c15ULL;
  if ((mixed >> 52) == 7 && volume < 1'000'000'000 && volume % 10 != 0) out->append("0000001");
}

std::string_view CandleText::Prologue() const {
  switch (format_) {
    case SimulatedFormat::kCsv:
      return "time,open,close,high,low,volume\n";
    case SimulatedFormat::kResults:
      return "{\"results\":[\n";
    default:
      return "";
  }
}
std::string_view CandleText::Separator() const {
  return format_ == SimulatedFormat::kResults ? ",\n" : "\n";
}
std::string_view CandleText::Epilogue() const {
  return format_ == SimulatedFormat::kResults ? "\n]}\n" : "\n";
}

CandleText::Texts CandleText::TextsOf(const SimulatedCandle& candle) const {
  Texts texts;
  AppendInt(candle.open_time_us / kMicrosPerMilli, &texts.time);
  AppendDecimal(candle.open, price_decimals_, &texts.open);
  AppendDecimal(candle.close, price_decimals_, &texts.close);
  AppendDecimal(candle.high, price_decimals_, &texts.high);
  AppendDecimal(candle.low, price_decimals_, &texts.low);
  AppendVolume(candle.volume, candle.open_time_us, &texts.volume);
  return texts;
}

void CandleText::AppendFields(const Texts& t, std::string* out) const {
  if (format_ == SimulatedFormat::kCsv) {
    for (const std::string* field : {&t.time, &t.open, &t.close, &t.high, &t.low}) {
      out->append(*field);
      out->push_back(',');
    }
    out->append(t.volume);
    return;
  }
  out->append("{\"time\": ").append(t.time);
  out->append(", \"open\": ").append(t.open);
  out->append(", \"close\": ").append(t.close);
  out->append(", \"high\": ").append(t.high);
  out->append(", \"low\": ").append(t.low);
  out->append(", \"volume\": ").append(t.volume);
  out->push_back('}');
}

void CandleText::AppendRow(const SimulatedCandle& c, std::string* out) const {
  // The same text as AppendFields(TextsOf(c)) without its temporaries: this is the hot path.
  const bool csv = format_ == SimulatedFormat::kCsv;
  out->append(csv ? "" : "{\"time\": ");
  AppendInt(c.open_time_us / kMicrosPerMilli, out);
  out->append(csv ? "," : ", \"open\": ");
  AppendDecimal(c.open, price_decimals_, out);
  out->append(csv ? "," : ", \"close\": ");
  AppendDecimal(c.close, price_decimals_, out);
  out->append(csv ? "," : ", \"high\": ");
  AppendDecimal(c.high, price_decimals_, out);
  out->append(csv ? "," : ", \"low\": ");
  AppendDecimal(c.low, price_decimals_, out);
  out->append(csv ? "," : ", \"volume\": ");
  AppendVolume(c.volume, c.open_time_us, out);
  if (!csv) out->push_back('}');
}

void CandleText::AppendPlaceholder(int64_t open_time_us, std::string* out) const {
  const std::string empty = format_ == SimulatedFormat::kCsv ? "" : "null";
  Texts texts{"", empty, empty, empty, empty, empty};
  AppendInt(open_time_us / kMicrosPerMilli, &texts.time);
  AppendFields(texts, out);
}

void CandleText::AppendDamaged(SimulatedCandle candle, Damage damage, Random& random,
                               std::string* out) const {
  CHECK(format_ != SimulatedFormat::kResults || static_cast<int>(damage) < kWellFormedDamageKinds);
  Texts texts = TextsOf(candle);
  const auto ticks = [&](int64_t value) {
    std::string text;
    AppendDecimal(value, price_decimals_, &text);
    return text;
  };
  const auto milliseconds = [](int64_t value) { return std::to_string(value); };
  const int64_t minute_of_file = candle.open_time_us / kMicrosPerMinute % 100'000;
  switch (damage) {
    case Damage::kHighBelowBody:
      texts.high = ticks(std::max(candle.open, candle.close) - 1);
      texts.low = ticks(std::min({candle.low, candle.open, candle.close}) - 1);
      break;
    case Damage::kLowAboveBody:
      texts.low = ticks(std::min(candle.open, candle.close) + 1);
      texts.high = ticks(candle.high + 2);
      break;
    case Damage::kNegativePrice:
      texts.open = "-" + texts.open;
      break;
    case Damage::kZeroPrice:
      texts.low = "0";
      break;
    case Damage::kHugePrice:
      texts.high = "1e20";
      break;
    case Damage::kNegativeVolume:
      texts.volume = "-" + texts.volume;
      break;
    case Damage::kMisalignedTime:
      texts.time = milliseconds(candle.open_time_us / kMicrosPerMilli + 17'000);
      break;
    case Damage::kFutureTime:
      texts.time = milliseconds(kFutureOffsetMs + minute_of_file * 60'000);
      break;
    case Damage::kAncientTime:
      texts.time = milliseconds(kAncientOffsetMs + minute_of_file * 60'000);
      break;
    case Damage::kNotANumber:
      texts.close = "12.x4";
      break;
    case Damage::kExcelTime:
      texts.time = "1.369E+12";
      break;
    case Damage::kMissingField: {
      if (format_ == SimulatedFormat::kCsv) {
        out->append(texts.time + "," + texts.open + "," + texts.close);
      } else {
        out->append("{\"time\": " + texts.time + ", \"open\": " + texts.open + "}");
      }
      return;
    }
    case Damage::kCutLine: {
      std::string whole;
      AppendFields(texts, &whole);
      // Inside the third field, so that too little is left to be a row.
      const size_t shortest = texts.time.size() + 2;
      out->append(whole.substr(0, shortest + random.Below(texts.open.size() + 1)));
      return;
    }
    case Damage::kGarbage: {
      constexpr std::string_view kNoise = "#~^|abcxyz0123 ;:@\x01\x7f";
      out->push_back('~');
      for (int i = 0; i < 24; ++i) out->push_back(kNoise[random.Below(kNoise.size())]);
      return;
    }
  }
  AppendFields(texts, out);
}

}  // namespace tidemark
