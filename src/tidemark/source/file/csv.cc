#include "tidemark/source/file/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "tidemark/source/file/line_loop.h"
#include "tidemark/source/file/number.h"

namespace tidemark {
namespace {

constexpr size_t kHeaderLinesSearched = 50;

std::string_view WithoutCr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool IsComment(std::string_view line) {
  const size_t at = line.find_first_not_of(" \t");
  return at != std::string_view::npos && (line[at] == '#' || line.substr(at).starts_with("//"));
}

std::string HeaderKey(const std::vector<std::string>& fields) {
  std::string key;
  for (const std::string& field : fields) key += NormalHeader(field) + ",";
  return key;
}

class CsvParser : public BlockParser {
 public:
  char delimiter = ',';
  ColumnMap columns;
  std::string header_key;  // "" without a header
  size_t begin = 0;

  size_t data_begin() const override { return begin; }
  bool line_based() const override { return true; }
  size_t BlockEnd(std::string_view content, size_t from, size_t target) const override {
    if (content.size() - from <= target) return content.size();
    const size_t newline = content.find('\n', from + target - 1);
    return newline == std::string_view::npos ? content.size() : newline + 1;
  }
  void Parse(std::string_view block, bool last, const RowChecker& checker,
             BlockOutput& out) const override;
  void LearnShape(std::string_view sample, const RowChecker& checker) override;
  std::string Words() const override {
    const char* name = delimiter == '\t' ? "tab" : delimiter == ';' ? "semicolon" : "bar";
    return fmt::format("csv{}{}{}, {}", delimiter == ',' ? "" : fmt::format(" ({})", name),
                       decimal_comma ? " with decimal commas" : "",
                       header_key.empty() ? ", no header" : ", header",
                       RolesInWords(columns.roles));
  }
  // The careful path: one line without its end.
  void ParseLine(std::string_view line, int64_t position, bool terminated,
                 const RowChecker& checker, BlockOutput& out) const;
  std::optional<Rejection> ReadFields(const std::vector<std::string>& fields, bool terminated,
                                      const RowRules& rules, RowValues* row) const;

  RecordTemplate shape;
};

void CsvParser::Parse(std::string_view block, bool last, const RowChecker& checker,
                      BlockOutput& out) const {
  ForEachLine(block, shape, checker, out, [&](size_t from, size_t to, bool ended) {
    std::string_view line = block.substr(from, to - from);
    if (ended && line.ends_with('\r')) {
      line.remove_suffix(1);
      ++out.separator_bytes;
    }
    ParseLine(line, static_cast<int64_t>(from), ended || !last, checker, out);
  });
}

void CsvParser::ParseLine(std::string_view line, int64_t position, bool terminated,
                          const RowChecker& checker, BlockOutput& out) const {
  const auto size = static_cast<int64_t>(line.size());
  if (IsBlank(line)) {
    out.separator_bytes += size;
    return;
  }
  if (IsComment(line)) {
    out.header_bytes += size;
    return;
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

std::optional<Rejection> CsvParser::ReadFields(const std::vector<std::string>& fields,
                                               bool terminated, const RowRules& rules,
                                               RowValues* row) const {
  const auto cut = [&](RejectReason reason, std::string message) {
    if (terminated) return Rejection{reason, std::move(message)};
    return Rejection{RejectReason::kTruncated, "the file ends inside this line: " + message};
  };
  const size_t expected = columns.roles.size();
  size_t count = fields.size();
  while (count > expected && IsBlank(fields[count - 1])) --count;
  if (count != expected) {
    return cut(RejectReason::kFieldCount, fmt::format("{} fields instead of {}", count, expected));
  }
  for (size_t i = 0; i < expected; ++i) {
    const Role role = columns.roles[i];
    if (role == Role::kSkip) continue;
    if (role == Role::kSymbol) {
      row->symbol = fields[i];
    } else if (role == Role::kTime) {
      auto rejection = ReadTime(fields[i], rules.time, row);
      if (rejection) return terminated ? rejection : cut(rejection->reason, rejection->message);
    } else if (ParseNumberText(fields[i], rules.decimal_comma, &row->Of(role)) ==
               NumberKind::kBad) {
      return cut(RejectReason::kBadNumber,
                 fmt::format("{} '{}' is not a number", NameOf(role), fields[i]));
    }
  }
  return std::nullopt;
}

void CsvParser::LearnShape(std::string_view sample, const RowChecker& checker) {
  while (!sample.empty()) {
    const size_t newline = sample.find('\n');
    if (newline == std::string_view::npos) return;
    const std::string_view line = WithoutCr(sample.substr(0, newline));
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
      shape = RecordTemplate::Learn(line, spans, terminator, checker.rules().time);
      if (shape.ok()) return;
    }
    sample.remove_prefix(newline + 1);
  }
}

std::vector<std::string_view> FirstLines(std::string_view sample, size_t count) {
  std::vector<std::string_view> lines;
  while (!sample.empty() && lines.size() < count) {
    const size_t newline = sample.find('\n');
    lines.push_back(
        sample.substr(0, newline == std::string_view::npos ? sample.size() : newline + 1));
    sample.remove_prefix(lines.back().size());
  }
  return lines;
}

std::string_view Body(std::string_view line_with_end) {
  if (line_with_end.ends_with('\n')) line_with_end.remove_suffix(1);
  return WithoutCr(line_with_end);
}

// Whether most numbers of the sample are written with a comma: "3,14".
bool UsesDecimalCommas(std::string_view sample, char delimiter) {
  if (delimiter == ',') return false;
  size_t commas = 0, points = 0;
  for (const std::string_view line : FirstLines(sample, 200)) {
    std::vector<std::string> fields;
    if (!SplitCsvLine(Body(line), delimiter, &fields)) continue;
    for (const std::string& field : fields) {
      double value = 0;
      if (field.find(',') != std::string::npos &&
          ParseNumberText(field, true, &value) == NumberKind::kValue) {
        ++commas;
      } else if (field.find('.') != std::string::npos &&
                 ParseNumberText(field, false, &value) == NumberKind::kValue) {
        ++points;
      }
    }
  }
  return commas > points;
}

// A headerless file of five or more columns may have the study's order. Whichever order lets more
// of the sample's rows keep high and low outside the body is taken, open-high-low-close when equal.
void ChooseOrder(std::string_view sample, CsvParser& parser) {
  using enum Role;
  const auto consistent = [&](const ColumnMap& map) {
    CsvParser probe;
    probe.delimiter = parser.delimiter;
    probe.columns = map;
    RowRules rules;
    rules.decimal_comma = parser.decimal_comma;
    BlockOutput out;
    probe.Parse(sample, true, RowChecker(rules), out);
    return out.rows;
  };
  ColumnMap other = parser.columns;
  std::copy_n(std::array{kTime, kOpen, kClose, kHigh, kLow}.begin(), 5, other.roles.begin());
  if (consistent(other) > consistent(parser.columns)) parser.columns = other;
}

bool LooksLikeRow(std::string_view line, const CsvParser& parser) {
  BlockOutput out;
  RowRules rules;
  rules.decimal_comma = parser.decimal_comma;
  parser.ParseLine(line, 0, true, RowChecker(rules), out);
  return out.rows + out.placeholder > 0;
}

}  // namespace

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

Result<std::unique_ptr<BlockParser>> DetectCsv(std::string_view sample, const ColumnHints& hints) {
  const std::vector<std::string_view> lines = FirstLines(sample, kHeaderLinesSearched);
  std::vector<std::string> fields;
  // A header: a line whose names cover a candle.
  size_t offset = 0;
  for (const std::string_view line : lines) {
    for (const char delimiter : {',', ';', '\t', '|'}) {
      if (!SplitCsvLine(Body(line), delimiter, &fields) || fields.size() < 5) continue;
      auto columns = MapColumns(fields, hints);
      if (!columns && !hints.columns.empty()) continue;  // perhaps the header is further down
      if (!columns) return Fail(columns.error());
      if (!columns->complete()) continue;
      auto parser = std::make_unique<CsvParser>();
      parser->delimiter = delimiter;
      parser->columns = *std::move(columns);
      parser->header_key = HeaderKey(fields);
      parser->begin = offset + line.size();
      parser->decimal_comma = UsesDecimalCommas(sample.substr(parser->begin), delimiter);
      parser->time_is_close = parser->columns.time_is_close;
      parser->has_symbol_column = parser->columns.Find(Role::kSymbol) >= 0;
      return parser;
    }
    offset += line.size();
  }
  if (!hints.columns.empty()) {
    std::vector<std::string> first;
    for (const std::string_view line : lines) {
      if (SplitCsvLine(Body(line), ',', &fields) && fields.size() > first.size()) first = fields;
    }
    if (const auto columns = MapColumns(first, hints); !columns) return Fail(columns.error());
  }
  // No header: the first line that is a row in one of the known shapes.
  for (const std::string_view line : lines) {
    for (const char delimiter : {',', ';', '\t', '|'}) {
      if (!SplitCsvLine(Body(line), delimiter, &fields)) continue;
      auto parser = std::make_unique<CsvParser>();
      parser->delimiter = delimiter;
      parser->columns = MapHeaderless(fields.size());
      if (!parser->columns.complete()) continue;
      parser->decimal_comma = UsesDecimalCommas(sample, delimiter);
      ChooseOrder(sample, *parser);
      if (LooksLikeRow(Body(line), *parser)) return parser;
    }
  }
  return Fail(
      ErrorCode::kParse,
      fmt::format("no line among the first {} is a header with time, open, high, low and close, or "
                  "a row of candles (set `columns` to name them)",
                  lines.size()));
}

}  // namespace tidemark
