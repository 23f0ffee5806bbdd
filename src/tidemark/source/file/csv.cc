#include "tidemark/source/file/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "tidemark/source/file/csv_rows.h"
#include "tidemark/source/file/number.h"
#include "tidemark/source/file/trade_columns.h"

namespace tidemark {
namespace {

constexpr size_t kHeaderLinesSearched = 50;
constexpr char kDelimiters[] = {',', ';', '\t', '|'};

// The names of a header. Where its line end is lost the first row stands behind them,
// "…,volume139…, 3.15,…": then they are the fields before the first number, and the line is no
// header but damage.
std::vector<std::string> NamesOf(std::vector<std::string> fields, bool* joined) {
  double value = 0;
  const auto number = std::find_if(fields.begin(), fields.end(), [&](const std::string& field) {
    return ParseNumberText(field, true, &value) == NumberKind::kValue;
  });
  *joined = number != fields.end();
  if (!*joined) return fields;
  fields.erase(number, fields.end());
  if (!fields.empty()) {
    std::string& last = fields.back();
    last.erase(std::min(last.find_first_of("0123456789\r"), last.size()));
  }
  return fields;
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
  if (line_with_end.ends_with('\r')) line_with_end.remove_suffix(1);
  return line_with_end;
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
void ChooseOrder(std::string_view sample, CsvRows& parser) {
  using enum Role;
  if (parser.columns.Find(kOpen) != 1) return;
  const auto consistent = [&](const ColumnMap& map) {
    CsvRows probe;
    probe.delimiter = parser.delimiter;
    probe.columns = map;
    BlockOutput out;
    probe.Parse(sample, true, RowChecker(RulesOf(map, parser.decimal_comma)), out);
    return out.rows;
  };
  ColumnMap other = parser.columns;
  std::copy_n(std::array{kTime, kOpen, kClose, kHigh, kLow}.begin(), 5, other.roles.begin());
  if (consistent(other) > consistent(parser.columns)) parser.columns = other;
}

bool LooksLikeRow(std::string_view line, const CsvRows& parser) {
  BlockOutput out;
  const RowChecker checker(RulesOf(parser.columns, parser.decimal_comma));
  parser.ParseLine(line, 0, true, checker, out);
  return out.rows + out.placeholder > 0;
}

std::vector<ColumnMap> HeaderlessShapes(FileKind kind, size_t columns) {
  if (kind == FileKind::kTrades) return MapHeaderlessTrades(columns);
  ColumnMap candles = MapHeaderless(columns);
  return candles.complete() ? std::vector{std::move(candles)} : std::vector<ColumnMap>();
}

// A known shape without a header, and how many of the first lines are rows in it.
struct Candidate {
  std::unique_ptr<CsvRows> parser;
  int rows = 0;
};

// The candidates of a delimiter and a number of fields, made when they are first met.
std::vector<Candidate> MakeCandidates(std::string_view sample, FileKind kind, char delimiter,
                                      size_t fields) {
  std::vector<Candidate> candidates;
  for (ColumnMap& columns : HeaderlessShapes(kind, fields)) {
    auto parser = std::make_unique<CsvRows>();
    parser->delimiter = delimiter;
    parser->columns = std::move(columns);
    parser->decimal_comma = UsesDecimalCommas(sample, delimiter);
    if (kind == FileKind::kCandles) ChooseOrder(sample, *parser);
    candidates.push_back({std::move(parser)});
  }
  return candidates;
}

// Without a header: the known shape that most of the lines are rows in, the first among equals. One
// line may be damaged into another shape.
std::unique_ptr<CsvRows> DetectHeaderless(std::string_view sample, FileKind kind,
                                          const std::vector<std::string_view>& lines) {
  std::vector<std::vector<Candidate>> met;  // in order
  std::map<std::pair<char, size_t>, size_t> places;
  std::vector<std::string> fields;
  for (const std::string_view line : lines) {
    for (const char delimiter : kDelimiters) {
      if (!SplitCsvLine(Body(line), delimiter, &fields)) continue;
      const auto [place, fresh] = places.try_emplace({delimiter, fields.size()}, met.size());
      if (fresh) met.push_back(MakeCandidates(sample, kind, delimiter, fields.size()));
      for (Candidate& candidate : met[place->second]) {
        candidate.rows += LooksLikeRow(Body(line), *candidate.parser) ? 1 : 0;
      }
    }
  }
  Candidate* best = nullptr;
  for (std::vector<Candidate>& candidates : met) {
    for (Candidate& candidate : candidates) {
      if (candidate.rows > (best == nullptr ? 0 : best->rows)) best = &candidate;
    }
  }
  return best == nullptr ? nullptr : std::move(best->parser);
}

// The number of fields that the lines agree on when it is another than the header's, 0 when it is
// not: a header that lost a name, or gained one, says nothing of the columns behind it.
size_t OtherWidth(const std::vector<std::string_view>& lines, std::string_view header,
                  char delimiter, size_t names, size_t columns_min) {
  constexpr size_t kRowsMin = 3;
  std::map<size_t, size_t> widths;
  size_t rows = 0;
  std::vector<std::string> fields;
  for (const std::string_view line : lines) {
    const std::string_view body = Body(line);
    if (body == Body(header) || IsBlankLine(body) || IsCommentLine(body)) continue;
    if (!SplitCsvLine(body, delimiter, &fields) || fields.size() < columns_min) continue;
    size_t width = fields.size();
    while (width > names && IsBlankLine(fields[width - 1])) --width;
    ++widths[width];
    ++rows;
  }
  const auto most =
      std::max_element(widths.begin(), widths.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  const bool agreed = rows >= kRowsMin && most->second * 5 >= rows * 4;
  return agreed && most->first != names ? most->first : 0;
}

// The lines before a header belong to it, but for rows (of a file whose parts were put together).
void IncludeRowsBefore(std::string_view sample, const std::vector<std::string_view>& lines,
                       std::string_view header, CsvRows& parser) {
  for (const std::string_view before : lines) {
    if (before.data() == header.data()) return;
    if (!LooksLikeRow(Body(before), parser)) continue;
    parser.begin = static_cast<size_t>(before.data() - sample.data());
    return;
  }
}

// The names a line may be read as: without the blank ones at its end too, which rows need not have.
std::vector<std::vector<std::string>> NamesIn(const std::vector<std::string>& fields) {
  std::vector<std::vector<std::string>> all = {fields};
  std::vector<std::string> trimmed = fields;
  while (!trimmed.empty() && IsBlankLine(trimmed.back())) trimmed.pop_back();
  if (trimmed.size() < fields.size()) all.push_back(std::move(trimmed));
  return all;
}

// A header is a line whose names cover a candle, or a trade. Of several that differ the one that
// names most columns is taken, unless twice as many lines are rows of another; then the one of most
// rows, then the first: the others are damage.
class HeaderFinder {
 public:
  HeaderFinder(std::string_view sample, const ColumnHints& hints,
               const std::vector<std::string_view>& lines)
      : sample_(sample), hints_(hints), lines_(lines) {}

  // Errors: kInvalidArgument as MapColumns.
  Status Find() {
    std::vector<std::string> fields;
    for (const std::string_view line : lines_) {
      for (const char delimiter : kDelimiters) {
        if (!SplitCsvLine(Body(line), delimiter, &fields)) continue;
        bool joined = false;
        if (hints_.columns.empty()) fields = NamesOf(std::move(fields), &joined);
        // One lost line end is damage; none at all is another kind of file.
        if (joined && std::count(line.begin(), line.end(), '\r') > 2) continue;
        for (const auto& names : NamesIn(fields)) TM_TRY(Try(line, names, delimiter, joined));
      }
    }
    return {};
  }

  std::unique_ptr<CsvRows> parser;  // null: there is no header
  std::string damaged;              // one that says nothing of the columns, in words

 private:
  Status Try(std::string_view line, const std::vector<std::string>& names, char delimiter,
             bool joined) {
    const size_t columns_min = ColumnsMin(hints_.kind);
    if (names.size() < columns_min) return {};
    auto columns = MapColumns(names, hints_);
    if (!columns && !hints_.columns.empty()) return {};  // perhaps the header is further down
    if (!columns) return Fail(columns.error());
    if (!columns->complete() || !met_.insert(HeaderKey(names) + delimiter).second) return {};
    const auto offset = line.data() - sample_.data();
    if (const size_t width = OtherWidth(lines_, line, delimiter, names.size(), columns_min);
        width > 0) {
      damaged = fmt::format("line {}: the header has {} names, but the rows have {} fields",
                            std::count(sample_.begin(), sample_.begin() + offset, '\n') + 1,
                            names.size(), width);
      return {};
    }
    auto found = std::make_unique<CsvRows>();
    found->delimiter = delimiter;
    found->columns = *std::move(columns);
    found->header_key = HeaderKey(names);
    found->begin = static_cast<size_t>(offset) + (joined ? 0 : line.size());
    found->decimal_comma = UsesDecimalCommas(sample_.substr(found->begin), delimiter);
    const auto rows = std::count_if(lines_.begin(), lines_.end(), [&](std::string_view each) {
      return LooksLikeRow(Body(each), *found);
    });
    const auto named = std::count_if(found->columns.roles.begin(), found->columns.roles.end(),
                                     [](Role role) { return role != Role::kSkip; });
    if (parser != nullptr && !IsBetter(rows, named)) return {};
    rows_ = rows;
    named_ = named;
    IncludeRowsBefore(sample_, lines_, line, *found);
    parser = std::move(found);
    return {};
  }

  // A column that is not read cannot be damaged: twice the rows count, else what is named.
  bool IsBetter(ptrdiff_t rows, ptrdiff_t named) const {
    if (rows > 2 * rows_ || rows_ > 2 * rows) return rows > rows_;
    return std::pair(named, rows) > std::pair(named_, rows_);
  }

  std::string_view sample_;
  const ColumnHints& hints_;
  const std::vector<std::string_view>& lines_;
  std::set<std::string> met_;
  // Of `parser`: rows among the lines, columns named.
  ptrdiff_t rows_ = 0, named_ = 0;
};

}  // namespace

Result<std::unique_ptr<BlockParser>> DetectCsv(std::string_view sample, const ColumnHints& hints) {
  const std::vector<std::string_view> lines = FirstLines(sample, kHeaderLinesSearched);
  HeaderFinder header(sample, hints, lines);
  TM_TRY(header.Find());
  if (header.parser != nullptr) return std::move(header.parser);
  std::vector<std::string> fields;
  if (!hints.columns.empty()) {
    std::vector<std::string> first;
    for (const std::string_view line : lines) {
      if (SplitCsvLine(Body(line), ',', &fields) && fields.size() > first.size()) first = fields;
    }
    if (const auto columns = MapColumns(first, hints); !columns) return Fail(columns.error());
  }
  if (!header.damaged.empty()) return Fail(ErrorCode::kParse, header.damaged);
  if (auto parser = DetectHeaderless(sample, hints.kind, lines)) return parser;
  return Fail(
      ErrorCode::kParse,
      fmt::format("no line among the first {} is a header with {}, or a row of {} {}", lines.size(),
                  NeededColumns(hints.kind), hints.kind == FileKind::kTrades ? "trades" : "candles",
                  lines.size() == 1 && lines[0].find('\r') != std::string_view::npos
                      ? "(lines end with CR alone; let them end with LF)"
                      : "(set `columns` to name them)"));
}

}  // namespace tidemark
