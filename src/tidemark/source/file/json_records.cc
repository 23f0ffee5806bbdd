#include "tidemark/source/file/json_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/source/file/line_loop.h"

namespace tidemark {
namespace {

bool IsSeparator(char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Counts the bytes between records, with their lines.
size_t SkipSeparators(std::string_view block, size_t at, BlockOutput& out) {
  const size_t from = at;
  while (at < block.size() && IsSeparator(block[at])) out.lines += block[at++] == '\n';
  out.separator_bytes += static_cast<int64_t>(at - from);
  return at;
}

int64_t LinesIn(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

// Whether the bracket at `at` closes the array: what stands behind it is then the rest of a
// document, closing brackets and further members. Anything else makes the bracket itself the
// damage. Leaves `at` where that was known.
bool EndsArray(std::string_view block, size_t& at) {
  for (at = SkipJsonSpace(block, at + 1); at < block.size(); at = SkipJsonSpace(block, at)) {
    if (block[at] == '}' || block[at] == ']') {
      ++at;
      continue;
    }
    if (block[at] != ',') return false;
    at = SkipJsonSpace(block, at + 1);
    if (at == block.size()) return true;
    if (block[at] != '"') return false;
    const size_t key = SkipJsonValue(block.substr(at));
    if (key >= kJsonCut) return key == kJsonCut;
    at = SkipJsonSpace(block, at + key);
    if (at == block.size()) return true;
    if (block[at] != ':') return false;
    const size_t value = SkipJsonValue(block.substr(at = SkipJsonSpace(block, at + 1)));
    if (value >= kJsonCut) {
      at = block.size();
      return value == kJsonCut;
    }
    at += value;
  }
  return true;
}

}  // namespace

std::string JsonRecords::NotARecord() const {
  return columns.trades ? "not a JSON record of a trade" : "not a JSON record of a candle";
}

std::string JsonRecords::Words() const {
  return fmt::format("json {}{}{}, {}",
                     lines                         ? "lines of "
                     : where.empty() && begin == 0 ? "sequence of "
                                                   : "array of ",
                     objects ? "objects" : "arrays", where.empty() ? "" : " in " + where,
                     RolesInWords(columns.roles));
}

size_t JsonRecords::BlockEnd(std::string_view content, size_t from, size_t target) const {
  if (content.size() - from <= target) return content.size();
  size_t at = from + target;
  if (lines) {
    const size_t newline = content.find('\n', at - 1);
    return newline == std::string_view::npos ? content.size() : newline + 1;
  }
  if (flat) {
    // In flat records an end followed by a beginning is between two of them.
    for (at = content.find(close(), at); at != std::string_view::npos;
         at = content.find(close(), at + 1)) {
      size_t next = SkipJsonSpace(content, at + 1);
      if (next < content.size() && content[next] == ',') next = SkipJsonSpace(content, next + 1);
      if (next < content.size() && content[next] == open()) return at + 1;
    }
    return content.size();
  }
  for (size_t end = from; end < content.size();) {
    while (end < content.size() && IsSeparator(content[end])) ++end;
    const size_t size = SkipJsonValue(content.substr(end));
    if (size >= kJsonCut) return content.size();
    end += size;
    if (end - from >= target) return end;
  }
  return content.size();
}

void JsonRecords::Parse(std::string_view block, bool last, const RowChecker& checker,
                        BlockOutput& out) const {
  if (lines) {
    ParseLines(block, last, checker, out);
  } else {
    ParseSequence(block, last, checker, out);
  }
}

void JsonRecords::ParseLines(std::string_view block, bool last, const RowChecker& checker,
                             BlockOutput& out) const {
  ForEachLine(block, shape_, checker, out, [&](size_t from, size_t to, bool ended) {
    ParseLine(block, from, to, ended || !last, checker, out);
  });
}

void JsonRecords::ParseLine(std::string_view block, size_t at, size_t line_end, bool terminated,
                            const RowChecker& checker, BlockOutput& out) const {
  const std::string_view upto = block.substr(0, line_end);
  std::vector<JsonMember> members;
  for (at = SkipSeparators(upto, at, out); at < line_end; at = SkipSeparators(upto, at, out)) {
    const size_t size = ScanJsonRecord(upto.substr(at), false, &members);
    const bool whole = size < kJsonCut && upto[at] == open();
    if (!whole) {
      std::string_view rest = upto.substr(at);
      while (!rest.empty() && rest.back() == '\r') {
        rest.remove_suffix(1);
        ++out.separator_bytes;
      }
      const bool cut = !terminated && size == kJsonCut;
      out.Reject({cut ? RejectReason::kTruncated : RejectReason::kBadRecord,
                  cut ? "the file ends inside this record" : NotARecord()},
                 rest, static_cast<int64_t>(at));
      return;
    }
    FileRecord(upto.substr(at, size), static_cast<int64_t>(at), members, checker, out);
    at += size;
  }
}

void JsonRecords::ParseSequence(std::string_view block, bool last, const RowChecker& checker,
                                BlockOutput& out) const {
  const bool quick = shape_.ok();
  Search search;
  search.budget = 16 * block.size();
  size_t at = 0;
  for (;;) {
    at = SkipSeparators(block, at, out);
    if (at >= block.size()) return;
    if (block[at] == ']' && search.budget > 0) {
      size_t seen = at;
      if (EndsArray(block, seen)) {
        out.header_bytes += static_cast<int64_t>(block.size() - at);
        out.ended = true;
        return;
      }
      search.budget -= std::min(search.budget, seen - at);
    }
    if (quick) {
      RowValues row;
      const char* const p = block.data() + at;
      const char* const next = shape_.Match(p, block.data() + block.size(), &row);
      if (next != nullptr && out.Take(checker, row)) [[likely]] {
        out.row_bytes += next - p;
        out.lines += shape_.lines();
        at += static_cast<size_t>(next - p);
        continue;
      }
    }
    at = ParseOne(block, at, last, checker, search, out);
  }
}

// A good record, or a damaged stretch: it reaches to where the next good record begins, so one
// damaged record costs no other.
size_t JsonRecords::ParseOne(std::string_view block, size_t at, bool last,
                             const RowChecker& checker, Search& search, BlockOutput& out) const {
  std::vector<JsonMember> members;
  const std::string_view rest = block.substr(at);
  const size_t size = rest[0] == open() ? ScanJsonRecord(rest, flat, &members) : kJsonError;
  if (size < kJsonCut) {
    const std::string_view record = rest.substr(0, size);
    FileRecord(record, static_cast<int64_t>(at), members, checker, out);
    out.lines += LinesIn(record);
    return at + size;
  }
  size_t end = NextGoodRecord(block, at + 1, search);
  const bool found = end < block.size();
  if (!found) {
    const size_t closing = block.find(close(), at);
    end = closing == std::string_view::npos ? block.size() : closing + 1;
  }
  size_t trimmed = end;
  while (trimmed > at + 1 && IsSeparator(block[trimmed - 1])) --trimmed;
  const bool cut = last && !found && size == kJsonCut && end == block.size();
  const std::string_view damaged = block.substr(at, trimmed - at);
  out.Reject({cut ? RejectReason::kTruncated : RejectReason::kBadRecord,
              cut ? "the file ends inside this record" : NotARecord()},
             damaged, static_cast<int64_t>(at));
  out.lines += LinesIn(damaged);
  return trimmed;
}

size_t JsonRecords::NextGoodRecord(std::string_view block, size_t from, Search& search) const {
  if (search.from <= from && from <= search.good) return search.good;
  search.from = from;
  const size_t columns_min = ColumnsMin(columns.trades ? FileKind::kTrades : FileKind::kCandles);
  std::vector<JsonMember> members;
  for (size_t at = block.find(open(), from); at != std::string_view::npos;
       at = block.find(open(), at + 1)) {
    // A record has no business being longer; bounds the work on hostile input.
    if (ScanJsonRecord(block.substr(at, 4096), flat, &members) < kJsonCut &&
        members.size() >= columns_min) {
      return search.good = at;
    }
  }
  return search.good = block.size();
}

void JsonRecords::FileRecord(std::string_view record, int64_t position,
                             const std::vector<JsonMember>& members, const RowChecker& checker,
                             BlockOutput& out) const {
  RowValues row;
  JsonTexts texts;
  if (auto rejection = ReadMembers(record, members, checker.rules(), &row, &texts)) {
    return out.Reject(*std::move(rejection), record, position);
  }
  out.File(checker, row, record, position);
}

std::optional<Rejection> JsonRecords::ReadMembers(std::string_view record,
                                                  const std::vector<JsonMember>& members,
                                                  const RowRules& rules, RowValues* row,
                                                  JsonTexts* texts) const {
  uint32_t seen = 0;
  if (!objects && members.size() != columns.roles.size()) {
    return Rejection{RejectReason::kFieldCount,
                     fmt::format("{} values instead of {}", members.size(), columns.roles.size())};
  }
  for (size_t i = 0; i < members.size(); ++i) {
    size_t column = i;
    if (objects && (i >= keys.size() || members[i].key != keys[i])) {
      const std::string key = UnescapeJson(members[i].key);
      column = static_cast<size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
      if (column == keys.size()) continue;
    }
    const Role role = columns.roles[column];
    if (role == Role::kSkip) continue;
    if (auto rejection = ReadJsonValue(record, members[i], role, rules, row, texts)) {
      return rejection;
    }
    seen |= 1u << static_cast<unsigned>(role);
  }
  // A volume, an id or a side may be null, but where the others have the key its absence is damage.
  for (size_t r = 1; r < kRoleCount; ++r) {
    const auto role = static_cast<Role>(r);
    if (role == Role::kSymbol || role == Role::kVenue || columns.Find(role) < 0) continue;
    if ((seen & 1u << static_cast<unsigned>(role)) == 0) {
      return Rejection{role == Role::kTime ? RejectReason::kBadTime : RejectReason::kMissingValue,
                       fmt::format("{} is missing", NameOf(role))};
    }
  }
  return std::nullopt;
}

void JsonRecords::LearnShape(std::string_view sample, const RowChecker& checker) {
  std::vector<JsonMember> members;
  size_t at = sample.find(open());
  for (int tries = 0; tries < 1000 && at != std::string_view::npos; ++tries) {
    const size_t size = ScanJsonRecord(sample.substr(at, 65536), flat, &members);
    if (size < kJsonCut) {
      const std::string_view record = sample.substr(at, size);
      BlockOutput probe;
      FileRecord(record, 0, members, checker, probe);
      const bool same_keys =
          !objects ||
          std::equal(members.begin(), members.end(), keys.begin(), keys.end(),
                     [](const JsonMember& m, const std::string& key) { return m.key == key; });
      if (probe.rows == 1 && same_keys) {
        std::vector<FieldSpan> spans;
        for (size_t i = 0; i < members.size(); ++i) {
          if (members[i].kind == JsonMember::Kind::kNested) return;
          spans.push_back({members[i].begin, members[i].end, columns.roles[i]});
        }
        const std::string_view rest = sample.substr(at + size);
        const std::string_view terminator = !lines ? "" : rest.starts_with("\r\n") ? "\r\n" : "\n";
        shape_ = RecordTemplate::Learn(record, spans, terminator, checker.rules());
        return;
      }
    }
    at = sample.find(open(), at + 1);
  }
}

}  // namespace tidemark
