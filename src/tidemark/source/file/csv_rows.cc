#include "tidemark/source/file/csv_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/source/file/line_loop.h"

namespace tidemark {

bool SplitCsvLine(std::string_view line, char delimiter, std::vector<std::string>* fields) {
  fields->clear();
  size_t at = 0;
  for (;;) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      ++at;
      for (;;) {
        const size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) return false;
        field += line.substr(at, quote - at);
        at = quote + 1;
        if (at >= line.size() || line[at] != '"') break;
        field += '"';
        ++at;
      }
      if (at < line.size() && line[at] != delimiter) return false;
    } else {
      const size_t stop = std::min(line.find(delimiter, at), line.size());
      field = line.substr(at, stop - at);
      at = stop;
    }
    fields->push_back(std::move(field));
    if (at >= line.size()) return true;
    ++at;  // the delimiter; a line that ends with one has an empty last field
  }
}

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool IsCommentLine(std::string_view line) {
  const size_t at = line.find_first_not_of(" \t");
  return at != std::string_view::npos && (line[at] == '#' || line.substr(at).starts_with("//"));
}

std::string HeaderKey(const std::vector<std::string>& fields) {
  std::string key;
  for (const std::string& field : fields) key += NormalHeader(field) + ",";
  return key;
}

std::string CsvRows::Words() const {
  const char* name = delimiter == '\t' ? "tab" : delimiter == ';' ? "semicolon" : "bar";
  return fmt::format("csv{}{}{}, {}", delimiter == ',' ? "" : fmt::format(" ({})", name),
                     decimal_comma ? " with decimal commas" : "",
                     header_key.empty() ? ", no header" : ", header", RolesInWords(columns.roles));
}

void CsvRows::Parse(std::string_view block, bool last, const RowChecker& checker,
                    BlockOutput& out) const {
  ForEachLine(block, shape, checker, out, [&](size_t from, size_t to, bool ended) {
    std::string_view line = block.substr(from, to - from);
    if ((ended || last) && line.ends_with('\r')) {
      line.remove_suffix(1);
      ++out.separator_bytes;
    }
    ParseLine(line, static_cast<int64_t>(from), ended || !last, checker, out);
  });
}

void CsvRows::ParseLine(std::string_view line, int64_t position, bool terminated,
                        const RowChecker& checker, BlockOutput& out) const {
  const auto size = static_cast<int64_t>(line.size());
  if (IsBlankLine(line)) {
    out.separator_bytes += size;
    return;
  }
  if (IsCommentLine(line)) {
    out.header_bytes += size;
    return;
  }
  if (line.size() > kCsvLineBytesMax) {
    return out.Reject({terminated ? RejectReason::kBadRecord : RejectReason::kTruncated,
                       fmt::format("a line of {} bytes", line.size())},
                      line, position);
  }
  std::vector<std::string> fields;
  if (!SplitCsvLine(line, delimiter, &fields)) {
    return out.Reject(
        {terminated ? RejectReason::kBadRecord : RejectReason::kTruncated, "a quote is not closed"},
        line, position);
  }
  if (!header_key.empty() && HeaderKey(fields) == header_key) {
    out.header_bytes += size;
    return;
  }
  RowValues row;
  if (auto rejection = ReadFields(fields, terminated, checker.rules(), &row)) {
    return out.Reject(*std::move(rejection), line, position);
  }
  out.File(checker, row, line, position);
}

std::optional<Rejection> CsvRows::ReadFields(const std::vector<std::string>& fields,
                                             bool terminated, const RowRules& rules,
                                             RowValues* row) const {
  const auto cut = [&](RejectReason reason, std::string message) {
    if (terminated) return Rejection{reason, std::move(message)};
    return Rejection{RejectReason::kTruncated, "the file ends inside this line: " + message};
  };
  const size_t expected = columns.roles.size();
  size_t count = fields.size();
  while (count > expected && IsBlankLine(fields[count - 1])) --count;
  if (count != expected) {
    return cut(RejectReason::kFieldCount, fmt::format("{} fields instead of {}", count, expected));
  }
  for (size_t i = 0; i < expected; ++i) {
    if (const auto rejection = ReadField(fields[i], columns.roles[i], rules, row)) {
      return cut(rejection->reason, rejection->message);
    }
  }
  return std::nullopt;
}

void CsvRows::LearnShape(std::string_view sample, const RowChecker& checker) {
  while (!sample.empty()) {
    const size_t newline = sample.find('\n');
    if (newline == std::string_view::npos) return;
    std::string_view line = sample.substr(0, newline);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view terminator = sample.substr(line.size(), newline + 1 - line.size());
    BlockOutput probe;
    ParseLine(line, 0, true, checker, probe);
    if (probe.rows == 1) {
      std::vector<FieldSpan> spans;
      size_t at = 0;
      for (const Role role : columns.roles) {
        const bool quoted = at < line.size() && line[at] == '"';
        const size_t stop =
            quoted ? line.find('"', at + 1) : std::min(line.find(delimiter, at), line.size());
        if (stop == std::string_view::npos) return;
        spans.push_back({at + (quoted ? 1 : 0), stop, role});
        at = stop + (quoted ? 2 : 1);
      }
      shape = RecordTemplate::Learn(line, spans, terminator, checker.rules());
      if (shape.ok()) return;
    }
    sample.remove_prefix(newline + 1);
  }
}

}  // namespace tidemark
