// The hot loop: records that all look like the first one, read without splitting them into fields.
//
// A template is what stands between the values of a record: for `{"time": 1, "open": 2}` it is
// `{"time": `, `, "open": `, `}`; for CSV it is the commas. A record of the same shape is read in
// one pass; any other (another key order, a quote, an exponent, an empty field) is not matched and
// goes to the careful parser of its format, which alone decides what is wrong with it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/source/file/digit_block.h"
#include "tidemark/source/file/number.h"
#include "tidemark/source/file/row.h"
#include "tidemark/source/file/value_ends.h"

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
      p = Read(slot, p, end, row);
      if (p == nullptr) return nullptr;
    }
    return MatchLiteral(after_, p, end);
  }
  // The same for the records of `text` in turn, quicker where they are values with one delimiter
  // between them: `ends` are those of the text and of delimiter().
  const char* Match(std::string_view text, const char* p, RowValues* row, ValueEnds* ends) const {
    const char* const end = text.data() + text.size();
    if (delimiter_ == 0) return Match(p, end, row);
    // A carriage return would not be found as an end.
    const uint32_t* const at =
        terminator_size_ > 1 ? nullptr
                             : ends->From(static_cast<size_t>(p - text.data()), slots_.size());
    if (at == nullptr) [[unlikely]] {
      // A last column that is skipped would take delimiters for its own.
      const char* const next = Match(p, end, row);
      const auto fields =
          static_cast<size_t>(next == nullptr ? 0 : std::count(p, next, delimiter_));
      return fields + 1 == slots_.size() ? next : nullptr;
    }
    const char* const next = MatchDelimited(text.data(), at, p, end, row);
    if (next != nullptr) [[likely]]
      ends->Pass(slots_.size());
    return next;
  }
  char delimiter() const { return delimiter_; }  // 0: more than a delimiter stands between values
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

  // The end of the value that begins at `p`, or nullptr.
  [[gnu::always_inline]] const char* Read(const Slot& slot, const char* p, const char* end,
                                          RowValues* row) const {
    switch (slot.kind) {
      case Kind::kNumber:
        return ParseDecimal(p, end, &row->number[slot.index]);
      case Kind::kEpoch:
        return ParseEpoch(p, end, &row->time_us);
      case Kind::kIso:
        if (end - p < 19) return nullptr;
        p = ParsePlainIso(p, &row->time_us);
        return fraction_ && p != nullptr ? ParseFraction(p, &row->time_us) : p;
      case Kind::kSymbol:
        return TakeText(slot.stop, p, end, &row->symbol);
      case Kind::kVenue:
        return TakeText(slot.stop, p, end, &row->venue);
      case Kind::kIdNumber:
        return ParsePlainId(p, end, &row->id_number);
      case Kind::kIdText:
        p = TakeText(slot.stop, p, end, &row->id);
        return p != nullptr && IsPlainIdText(row->id) ? p : nullptr;
      case Kind::kSequence:
        return ParsePlainId(p, end, &row->sequence);
      case Kind::kSide:
        return ParsePlainSide(p, end, side_form_, &row->side);
      case Kind::kSkip:
        return SkipTo(slot.stop, p, end);
    }
    return nullptr;
  }

  void FindDelimiter();
  // Match where single delimiters stand between values and a newline behind the last: at `ends`.
  const char* MatchDelimited(const char* text, const uint32_t* ends, const char* p, const char* end,
                             RowValues* row) const {
    for (const Slot& slot : slots_) {
      const char* const value_end = text + *ends++;
      if (*value_end != slot.stop) return nullptr;
      if (slot.kind != Kind::kSkip && Read(slot, p, end, row) != value_end) return nullptr;
      p = value_end + 1;
    }
    return p;
  }

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
  // Sixteen bytes at a time.
  static const char* SkipTo(char stop, const char* p, const char* end) {
    for (; p < end; p += 16) {
      const __m128i bytes = SixteenBytes(p, end);
      __m128i found = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(stop));
      for (const char c : {'\n', '"', '\\', '\r'}) {
        found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
      }
      if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found)); mask != 0) {
        p += std::countr_zero(mask);
        return p < end && *p == stop ? p : nullptr;
      }
    }
    return nullptr;
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
  char delimiter_ = 0;
  bool fraction_ = false;  // times may have one: TimeFormat::finer
  SideForm side_form_ = SideForm::kText;
  std::vector<Slot> slots_;
  std::string after_;
  int64_t terminator_size_ = 0, lines_ = 0;
  int64_t epoch_factor_ = 1, epoch_divisor_ = 1, epoch_digits_ = 0;
};

}  // namespace tidemark
