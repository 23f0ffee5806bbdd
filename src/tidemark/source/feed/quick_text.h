// Reads a message of a known shape straight from its bytes: names in the order that the venue
// writes, no white space, no escapes, plain numbers. Nearly all messages of trades and candles are
// so. Every read is false for anything else, and the message then goes to the JSON parser, which
// gives the same events and alone says what is wrong with it.
//
// What was read to its End is JSON: words of the shape are, and values are read only in forms that
// are JSON whatever stands around them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/source/file/digit_block.h"
#include "tidemark/source/file/trade_field.h"

namespace tidemark {

class QuickText {
 public:
  explicit QuickText(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {
    if (!text.ends_with('}') && !text.ends_with(']')) end_ = p_;  // then nothing can be read
  }

  // These are false, and go no further, when something else comes.
  template <size_t kSize>
  bool Word(const char (&word)[kSize]) {
    constexpr size_t kLength = kSize - 1;
    if (static_cast<size_t>(end_ - p_) < kLength || !Same<kLength>(p_, word)) return false;
    p_ += kLength;
    return true;
  }
  // All up to the next quote, which is not passed. Printable ASCII.
  bool Text(std::string_view* text) {
    const char* at = p_;
    unsigned stops = StopsAt(at);
    while (stops == 0) stops = StopsAt(at += 16);
    at += std::countr_zero(stops);
    if (at >= end_ || *at != '"') return false;
    *text = {p_, static_cast<size_t>(at - p_)};
    p_ = at;
    return true;
  }
  // A whole number of at most 18 digits without sign, and its digits.
  bool Whole(int64_t* number, std::string_view* digits) {
    const char* const after = ParsePlainId(p_, end_, number);
    if (after == nullptr) return false;
    *digits = {p_, static_cast<size_t>(after - p_)};
    p_ = after;
    return true;
  }
  bool Whole(int64_t* number) {
    std::string_view digits;
    return Whole(number, &digits);
  }
  // Exactly `count` digits, of which the first may be 0; count <= 15.
  bool Digits(int count, int64_t* number) {
    const DigitBlock block(SixteenBytes(p_, end_));
    if (std::countr_zero(block.others()) != count) return false;
    *number = static_cast<int64_t>(block.Value(count));
    p_ += count;
    return true;
  }
  // Milliseconds since 1970 of thirteen digits: from 2001 to 2286.
  bool Millis(EventTime* time) {
    int64_t ms = 0;
    if (!Digits(13, &ms) || ms < 1'000'000'000'000) return false;
    time->us = ms * kMicrosPerMilli;
    return true;
  }
  // Digits[.digits].
  bool Decimal(double* value) {
    const char* const after = ParseDecimal(p_, end_, value);
    if (after == nullptr) return false;
    p_ = after;
    return true;
  }
  bool Bool(bool* value) {
    *value = Word("true");
    return *value || Word("false");
  }
  // Values with commas between them, each read by read(*this, &row).
  template <typename Row, typename Read>
  bool Rows(std::vector<Row>* rows, const Read& read) {
    rows->clear();
    do {
      if (!read(*this, &rows->emplace_back())) return false;
    } while (Word(","));
    return true;
  }
  bool End() const { return p_ == end_; }

 private:
  template <typename T>
  static T Load(const char* p) {
    T value;
    std::memcpy(&value, p, sizeof(value));
    return value;
  }
  template <typename T, size_t kLength>
  static bool SameParts(const char* p, const char* word) {
    constexpr size_t kPart = sizeof(T), kLast = kLength - kPart;
    T difference = Load<T>(p + kLast) ^ Load<T>(word + kLast);
    for (size_t i = 0; i < kLast; i += kPart) difference |= Load<T>(p + i) ^ Load<T>(word + i);
    return difference == 0;
  }
  template <size_t kLength>
  static bool Same(const char* p, const char* word) {
    if constexpr (kLength >= 8) return SameParts<uint64_t, kLength>(p, word);
    if constexpr (kLength >= 4) return SameParts<uint32_t, kLength>(p, word);
    bool same = true;
    for (size_t i = 0; i < kLength; ++i) same = same && p[i] == word[i];
    return same;
  }
  // Bit i: byte i is a quote, a backslash, a control or no ASCII. Bytes behind the end are such.
  unsigned StopsAt(const char* p) const {
    const __m128i bytes = SixteenBytes(p, end_);
    const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i slashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));  // signed: from 0x80 on too
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), others)));
  }

  const char* p_;
  const char* end_;
};

}  // namespace tidemark
