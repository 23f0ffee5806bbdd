// The fields that only trades have: side, id, sequence, venue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/market/trade.h"
#include "tidemark/source/file/digit_block.h"

namespace tidemark {

// How a column says the side.
enum class SideForm : uint8_t {
  kText,   // buy, b, bid; sell, s, ask
  kCode,   // the same, or 0 (bought) and 1 (sold); limit and market are kUnknown
  kMaker,  // whether the buyer was the maker: true, t, 1 (the taker sold); false, f, 0
};

// In upper or lower case. Empty, ANY, unknown and the words of an empty number are kUnknown;
// nullopt for anything else.
std::optional<Side> ParseSide(std::string_view text, SideForm form);

// Quick path for the words most files have, exact in case: the end, or nullptr.
inline const char* ParsePlainSide(const char* p, const char* end, SideForm form, Side* side) {
  const auto word = [&](std::string_view rest, Side meant) -> const char* {
    if (static_cast<size_t>(end - p) <= rest.size()) return nullptr;
    for (size_t i = 0; i < rest.size(); ++i) {
      if (p[i + 1] != rest[i]) return nullptr;
    }
    *side = meant;
    return p + 1 + rest.size();
  };
  if (form == SideForm::kMaker) {
    // Which of the two comes cannot be foreseen: without a branch for it, by the bit that tells 't'
    // from 'f'. The words are as little-endian numbers.
    constexpr uint64_t kWords[2] = {0x65757274, 0x65736C6166};  // true, false
    constexpr uint64_t kBytes[2] = {0xFFFFFFFF, 0xFFFFFFFFFF};
    if (end - p < 5) return nullptr;
    uint32_t four = 0;
    std::memcpy(&four, p, sizeof(four));
    four |= 0x20;  // the first letter in lower case
    const uint64_t five = uint64_t{static_cast<unsigned char>(p[4])} << 32 | four;
    const unsigned bought = five >> 1 & 1;
    if ((five & kBytes[bought]) != kWords[bought]) return nullptr;
    static_assert(static_cast<int>(Side::kBuy) + 1 == static_cast<int>(Side::kSell));
    *side = static_cast<Side>(static_cast<unsigned>(Side::kSell) - bought);
    return p + 4 + bought;
  }
  if (*p == 'b') return word("uy", Side::kBuy);
  if (*p == 's') return word("ell", Side::kSell);
  if (*p == 'A') return word("NY", Side::kUnknown);
  return nullptr;
}

enum class IdProblem : uint8_t { kNone, kRounded, kNotText };
// Trims blanks; the words of an empty number become "", no id. Rounded: digits, a point and an
// exponent, "1.2E+11". Text: UTF-8.
IdProblem CheckId(std::string_view* id);

// Quick path for an id that is kept as a number (see IdNumber): the end of it, or nullptr. REQUIRES
// *(end - 1) to be no digit.
inline const char* ParsePlainId(const char* p, const char* end, int64_t* number) {
  const char* const start = p;
  uint64_t digits = 0;
  p = TakeDigits(p, end, &digits);
  const ptrdiff_t count = p - start;
  if (count == 0 || count > 18 || (count > 1 && *start == '0')) return nullptr;
  *number = static_cast<int64_t>(digits);
  return p;
}

// An integer; kNullInt when empty. False when it is neither.
bool ParseSequence(std::string_view text, int64_t* sequence);

// In lower case, as series have it; "" stays "". nullopt when it is none: letters, digits and
// "-_.:", at most 64.
std::optional<std::string> ParseVenue(std::string_view text);

}  // namespace tidemark
