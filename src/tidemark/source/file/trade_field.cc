#include "tidemark/source/file/trade_field.h"

#include <algorithm>
#include <charconv>

#include "tidemark/base/text.h"
#include "tidemark/base/utf8.h"
#include "tidemark/source/file/number.h"

namespace tidemark {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsEmptyWord(std::string_view text) {
  double ignored = 0;
  return text.size() <= 4 && ParseNumberText(text, false, &ignored) == NumberKind::kEmpty;
}

// digits[(.|,)digits](e|E)+digits: what is shown of a number too long for its cell.
bool IsRounded(std::string_view id) {
  const size_t e = id.find_first_of("eE");
  if (e == 0 || e == std::string_view::npos || e + 2 >= id.size() || id[e + 1] != '+') return false;
  size_t points = 0;
  for (const char c : id.substr(0, e)) {
    points += c == '.' || c == ',' ? 1 : 0;
    if (!IsDigit(c) && c != '.' && c != ',') return false;
  }
  const std::string_view exponent = id.substr(e + 2);
  return points <= 1 && std::all_of(exponent.begin(), exponent.end(), IsDigit);
}

}  // namespace

std::optional<Side> ParseSide(std::string_view text, SideForm form) {
  text = Trim(text);
  if (text.size() > 7) return std::nullopt;
  const std::string word = ToLower(text);
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (IsEmptyWord(text) || is_one_of({"any", "unknown"})) return Side::kUnknown;
  if (form == SideForm::kCode && is_one_of({"limit", "market"})) return Side::kUnknown;
  if (form == SideForm::kMaker) {
    if (is_one_of({"true", "t", "1"})) return Side::kSell;
    if (is_one_of({"false", "f", "0"})) return Side::kBuy;
    return std::nullopt;
  }
  if (is_one_of({"buy", "b", "bid"}) || (form == SideForm::kCode && word == "0")) return Side::kBuy;
  if (is_one_of({"sell", "s", "ask"}) || (form == SideForm::kCode && word == "1")) {
    return Side::kSell;
  }
  return std::nullopt;
}

IdProblem CheckId(std::string_view* id) {
  *id = Trim(*id);
  if (IsEmptyWord(*id)) {
    *id = {};
    return IdProblem::kNone;
  }
  if (IsRounded(*id)) return IdProblem::kRounded;
  return IsUtf8(*id) ? IdProblem::kNone : IdProblem::kNotText;
}

bool ParseSequence(std::string_view text, int64_t* sequence) {
  text = Trim(text);
  *sequence = kNullInt;
  if (IsEmptyWord(text)) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *sequence);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<std::string> ParseVenue(std::string_view text) {
  text = Trim(text);
  if (IsEmptyWord(text)) return "";
  if (text.size() > 64) return std::nullopt;
  std::string venue = ToLower(text);
  const bool good = std::all_of(venue.begin(), venue.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-' || c == '_' || c == '.' || c == ':';
  });
  if (!good) return std::nullopt;
  return venue;
}

}  // namespace tidemark
