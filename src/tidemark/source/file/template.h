// The hot loop: records that all look like the first one, read without splitting them into fields.
//
// A template is what stands between the values of a record: for `{"time": 1, "open": 2}` it is
// `{"time": `, `, "open": `, `}`; for CSV it is the commas. A record of the same shape is read in
// one pass; any other (another key order, a quote, an exponent, an empty field) is not matched and
// goes to the careful parser of its format, which alone decides what is wrong with it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/source/file/number.h"
#include "tidemark/source/file/row.h"

namespace tidemark {

// A value of a sample record: where it stands and what it is.
struct FieldSpan {
  size_t begin = 0, end = 0;  // in the record, without quotes
  Role role = Role::kSkip;
};

class RecordTemplate {
 public:
  // Of a record and the end-of-record text that follows it (a newline, or ""). The template is
  // unusable (ok() false) when it lacks what a row needs, or is not worth it.
  static RecordTemplate Learn(std::string_view record, const std::vector<FieldSpan>& fields,
                              std::string_view terminator, const RowRules& rules);
  RecordTemplate() = default;
  bool ok() const { return ok_; }

  // Reads one record at `p` and returns the end of it with its terminator, or nullptr.
  // REQUIRES *(end - 1) to be a byte that no value contains: a newline, a bracket.
  const char* Match(const char* p, const char* end, RowValues* row) const {
    for (const Slot& slot : slots_) {
      p = MatchLiteral(slot.before, p, end);
      if (p == nullptr || p == end) return nullptr;
      switch (slot.kind) {
        case Kind::kNumber:
          p = ParsePlainDecimal(p, &row->number[slot.index]);
          break;
        case Kind::kEpoch:
          p = ParseEpoch(p, end, &row->time_us);
          break;
        case Kind::kIso:
          if (end - p < 19) return nullptr;
          p = ParsePlainIso(p, &row->time_us);
          if (fraction_ && p != nullptr) p = ParseFraction(p, &row->time_us);
          break;
        case Kind::kSymbol:
          p = TakeText(slot.stop, p, end, &row->symbol);
          break;
        case Kind::kVenue:
          p = TakeText(slot.stop, p, end, &row->venue);
          break;
        case Kind::kIdNumber:
          p = ParsePlainId(p, end, &row->id_number);
          break;
        case Kind::kIdText:
          p = TakeText(slot.stop, p, end, &row->id);
          if (p != nullptr && !IsPlainIdText(row->id)) return nullptr;
          break;
        case Kind::kSequence:
          p = ParsePlainId(p, end, &row->sequence);
          break;
        case Kind::kSide:
          p = ParsePlainSide(p, end, side_form_, &row->side);
          break;
        case Kind::kSkip:
          p = SkipTo(slot.stop, p, end);
          break;
      }
      if (p == nullptr) return nullptr;
    }
    return MatchLiteral(after_, p, end);
  }
  // Bytes of the terminator inside what Match consumed.
  int64_t terminator_size() const { return terminator_size_; }
  // Line ends inside what Match consumed; values have none.
  int64_t lines() const { return lines_; }

 private:
  enum class Kind : uint8_t {
    kNumber,
    kEpoch,
    kIso,
    kSymbol,
    kVenue,
    kIdNumber,
    kIdText,
    kSequence,
    kSide,
    kSkip
  };
  struct Slot {
    std::string before;
    Kind kind = Kind::kSkip;
    size_t index = 0;  // into RowValues::number
    char stop = 0;     // first byte of the next literal
  };

  static const char* MatchLiteral(const std::string& literal, const char* p, const char* end) {
    const size_t size = literal.size();
    if (size == 1) {
      return p < end && *p == literal[0] ? p + 1 : nullptr;
    }
    if (static_cast<size_t>(end - p) < size) return nullptr;
    for (size_t i = 0; i < size; ++i) {
      if (p[i] != literal[i]) return nullptr;
    }
    return p + size;
  }
  // Sets the high bit of the first byte of `v` that is `c`, and perhaps of some behind it.
  static uint64_t FindByte(uint64_t v, char c) {
    constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
    const uint64_t x = v ^ (kOnes * static_cast<unsigned char>(c));
    return (x - kOnes) & ~x & kHighs;
  }
  // Eight bytes at a time.
  static const char* SkipTo(char stop, const char* p, const char* end) {
    while (end - p >= 8) {
      uint64_t v = 0;
      std::memcpy(&v, p, sizeof(v));
      const uint64_t found = FindByte(v, stop) | FindByte(v, '\n') | FindByte(v, '"') |
                             FindByte(v, '\\') | FindByte(v, '\r');
      if (found != 0) {
        p += std::countr_zero(found) / 8;
        return *p == stop ? p : nullptr;
      }
      p += 8;
    }
    while (p < end && *p != stop) {
      if (*p == '\n' || *p == '"' || *p == '\\' || *p == '\r') return nullptr;
      ++p;
    }
    return p < end ? p : nullptr;
  }
  static const char* TakeText(char stop, const char* p, const char* end, std::string_view* text) {
    const char* const begin = p;
    p = SkipTo(stop, p, end);
    if (p != nullptr) *text = {begin, static_cast<size_t>(p - begin)};
    return p;
  }
  // Long enough to be no word for "none", and nothing that a spreadsheet, a blank or another
  // alphabet could have a part in.
  static bool IsPlainIdText(std::string_view id) {
    if (id.size() <= 4) return false;
    for (const char c : id) {
      if (c <= ' ' || c > '~' || c == '+') return false;
    }
    return true;
  }
  // Digits behind a point, if there is one; what is below a microsecond is dropped.
  static const char* ParseFraction(const char* p, int64_t* us) {
    if (*p != '.') return p;
    const char* const digits = ++p;
    for (int64_t unit = 100'000; IsDigit(*p); ++p, unit /= 10) *us += (*p - '0') * unit;
    return p == digits ? nullptr : p;
  }
  const char* ParseEpoch(const char* p, const char* end, int64_t* us) const {
    const char* const start = p;
    uint64_t digits = 0;
    p = TakeDigits(p, end, &digits);
    if (p - start != epoch_digits_ || digits > INT64_MAX) return nullptr;
    const auto value = static_cast<int64_t>(digits);
    if (epoch_divisor_ != 1) {
      if (value % epoch_divisor_ != 0 && !fraction_) return nullptr;
      *us = value / epoch_divisor_;
      return p;
    }
    *us = value * epoch_factor_;
    return fraction_ && epoch_factor_ == kMicrosPerSecond ? ParseFraction(p, us) : p;
  }

  bool ok_ = false;
  bool fraction_ = false;  // times may have one: TimeFormat::finer
  SideForm side_form_ = SideForm::kText;
  std::vector<Slot> slots_;
  std::string after_;
  int64_t terminator_size_ = 0, lines_ = 0;
  int64_t epoch_factor_ = 1, epoch_divisor_ = 1, epoch_digits_ = 0;
};

}  // namespace tidemark
