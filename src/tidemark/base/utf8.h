// Text that may be shown: whether bytes are UTF-8, and a form of any bytes that is.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

// True when every byte belongs to a well-formed UTF-8 sequence.
bool IsUtf8(std::string_view text);

// `text` with every byte that is not UTF-8, and every control character, as \xNN: safe to store as
// text and to print on a terminal. Text without any is returned as it is.
std::string Printable(std::string_view text);

}  // namespace tidemark
