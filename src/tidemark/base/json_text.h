// Strings and numbers as JSON writes them.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

// `text` with its quotes and escapes, which is a basic string of TOML too. Bytes that are not UTF-8
// become U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);
std::string JsonString(std::string_view text);

// The shortest decimal text that reads back as the same bits; "null" when it is not finite.
std::string JsonNumber(double value);
// The same for any double: "inf", "-inf", "nan".
std::string ShortestDouble(double value);

}  // namespace tidemark
