// Small things that several rooms do with text. Letters are those of ASCII.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

std::string ToLower(std::string_view text);
// How many characters must be put in, taken out or changed to make one of the other.
size_t EditDistance(std::string_view a, std::string_view b);
// In quotes, those inside doubled: a field of CSV whatever it holds.
std::string QuoteCsv(std::string_view text);
// Columns that UTF-8 takes on a terminal, one for each character.
size_t DisplayWidth(std::string_view text);

}  // namespace tidemark
