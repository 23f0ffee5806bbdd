#include "tidemark/pipeline/gap_note.h"

#include <fmt/format.h>

#include <charconv>

namespace tidemark {
namespace {

// The next word; "" when there is none.
std::string_view TakeWord(std::string_view* text) {
  const size_t end = std::min(text->find(' '), text->size());
  const std::string_view word = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return word;
}

bool ReadNumber(std::string_view word, int64_t* value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *value);
  return error == std::errc() && end == word.data() + word.size() && *value >= 0 &&
         *value < kMaxTime.us;
}

}  // namespace

std::string GapNote::ToString() const {
  if (kind == Kind::kLost && to_us == 0) {
    return fmt::format("lost {} {} {}", symbol.text(), reason, from_us);
  }
  constexpr std::string_view kNames[] = {"lost", "missed", "whole"};
  return fmt::format("{} {} {} {} {}", kNames[static_cast<size_t>(kind)], symbol.text(), reason,
                     from_us, to_us);
}

Result<GapNote> GapNote::Parse(std::string_view text) {
  const auto fail = [&] {
    return Fail(ErrorCode::kParse,
                "not a note of a gap: '" + std::string(text.substr(0, 100)) + "'");
  };
  std::string_view rest = text;
  GapNote note;
  const std::string_view kind = TakeWord(&rest);
  if (kind != "lost" && kind != "missed" && kind != "whole") return fail();
  note.kind = kind == "lost" ? Kind::kLost : kind == "missed" ? Kind::kMissed : Kind::kWhole;
  TM_ASSIGN(note.symbol, Symbol::Parse(TakeWord(&rest)));
  note.reason = TakeWord(&rest);
  if (note.reason.empty() || !ReadNumber(TakeWord(&rest), &note.from_us)) return fail();
  const bool one_time = note.kind == Kind::kLost && rest.empty();
  if (!one_time && !ReadNumber(TakeWord(&rest), &note.to_us)) return fail();
  if (note.kind == Kind::kMissed && note.to_us < note.from_us) return fail();
  if (!rest.empty()) return fail();
  return note;
}

}  // namespace tidemark
