// Query answers as compact JSON inside the page: strings as codes into a list, numbers as base64 of
// typed arrays. report_script_tools.cc has the reader.
#pragma once

#include <string>
#include <string_view>

#include "tidemark/market/batch.h"

namespace tidemark {

// {"n":rows,"c":{name: column, …}}. A column is {"s":[dictionary],"k":base64 of int32 codes} for
// text, {"i":base64 of int32} for times (seconds) and integers that fit, {"d":base64 of float64}
// for integers that do not, {"f":base64 of float32} for doubles, {"d":…} with `exact`. Null is -1
// in codes, -2^31 in integers, NaN in floats.
void AppendEmbedded(const Batch& batch, bool exact, std::string* out);

std::string Base64(std::string_view bytes);
// `json` made safe inside a <script> element: "<" becomes "\u003c".
std::string ScriptSafe(std::string_view json);
std::string HtmlEscaped(std::string_view text);

}  // namespace tidemark
