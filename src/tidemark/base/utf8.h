// UTF-8: characters written and checked, and a form of any bytes that may be shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

// Appends one character; what is none (beyond U+10FFFF) becomes U+FFFD.
void AppendUtf8(uint32_t code, std::string& out);
// The size of the well-formed sequence at the start of `text`, 0 when there is none. REQUIRES
// !text.empty().
size_t Utf8Length(std::string_view text);
// True when every byte belongs to a well-formed sequence.
bool IsUtf8(std::string_view text);
// `text` with every byte that is not UTF-8, and every control character, as \xNN: safe to store as
// text and to print on a terminal. Text without any is returned as it is.
std::string Printable(std::string_view text);

}  // namespace tidemark
