#include "tidemark/source/file/json_value.h"

#include <fmt/format.h>

namespace tidemark {

std::optional<Rejection> ReadJsonValue(std::string_view text, const JsonMember& member, Role role,
                                       const RowRules& rules, RowValues* row, JsonTexts* texts) {
  const std::string_view value = text.substr(member.begin, member.end - member.begin);
  const bool nested = member.kind == JsonMember::Kind::kNested;
  const bool string = member.kind == JsonMember::Kind::kString;
  const auto unescaped = [&](std::string& to) {
    to = string ? UnescapeJson(value) : std::string(value);
    return ReadField(to, role, rules, row);
  };
  switch (role) {
    case Role::kSymbol:
      return unescaped(texts->symbol);
    case Role::kVenue:
      return unescaped(texts->venue);
    case Role::kId:
    case Role::kSide:
      if (nested) {
        return Rejection{RejectReason::kBadRecord, fmt::format("{} '{}' is not one value",
                                                               NameOf(role), value.substr(0, 60))};
      }
      if (role == Role::kId) return unescaped(texts->id);
      return ReadField(value, role, rules, row);
    case Role::kSkip:
    case Role::kTime:
      return ReadField(value, role, rules, row);
    default:
      break;
  }
  const bool word = !string && value.find("nfinity") != std::string_view::npos;
  if (word || nested) {
    return Rejection{RejectReason::kBadNumber,
                     fmt::format("{} '{}' is not a number", NameOf(role), value.substr(0, 60))};
  }
  return ReadField(value, role, rules, row);
}

}  // namespace tidemark
