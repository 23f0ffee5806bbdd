#include "tidemark/source/file/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "tidemark/source/file/json_records.h"
#include "tidemark/source/file/json_scan.h"
#include "tidemark/source/file/trade_columns.h"

namespace tidemark {
namespace {

constexpr size_t kRecordSizeMax = 64 * 1024;
constexpr int kDepthMax = 4;
constexpr size_t kSampleBytes = 1 << 20;

// Whether a price is rather another time, in whatever unit: `[1508050200, 1508050500, 1508061300]`
// is a column of times and no trade.
bool PriceIsATime(const BlockOutput& out) {
  for (const BlockOutput::SeriesRows& series : out.series) {
    for (size_t i = 0; i < series.trades.rows(); ++i) {
      const auto time = static_cast<double>(series.trades.time[i]);
      for (const double unit : {1e6, 1e3, 1.0}) {
        const double other = series.trades.price[i] * unit;
        if (other > 0.9 * time && other < 1.1 * time) return true;
      }
    }
  }
  return false;
}

bool IsRow(std::string_view record, const JsonRecords& parser) {
  BlockOutput out;
  parser.Parse(record, true, RowChecker(RulesOf(parser.columns, false)), out);
  return out.rows + out.placeholder == 1 && !PriceIsATime(out);
}

// Whether a record of arrays is a row of these columns.
bool IsRowOf(std::string_view record, const ColumnMap& columns) {
  JsonRecords probe;
  probe.objects = false;
  probe.columns = columns;
  return IsRow(record, probe);
}

// The columns of an array of `count` values, by what they are where several kinds have so many.
ColumnMap MapArray(std::string_view record, size_t count, const ColumnHints& hints) {
  const std::vector<ColumnMap> shapes = MapHeaderlessTrades(count);
  if (hints.kind == FileKind::kTrades) {
    for (const ColumnMap& trades : shapes) {
      if (IsRowOf(record, trades)) return trades;
    }
    return {};
  }
  ColumnMap candles = MapHeaderless(count);
  const bool sure = hints.kind_is_known || shapes.empty() || !candles.complete();
  return sure || IsRowOf(record, candles) ? candles : ColumnMap();
}

// A parser for records like `record`, or null when it is no row of the kind looked for. Names from
// `names` when its values have none.
Result<std::unique_ptr<JsonRecords>> ParserFor(std::string_view record, const ColumnHints& hints,
                                               const std::vector<std::string>* names) {
  std::vector<JsonMember> members;
  const size_t size = ScanJsonRecord(record.substr(0, kRecordSizeMax), false, &members);
  if (size >= kJsonCut) return nullptr;
  auto parser = std::make_unique<JsonRecords>();
  parser->objects = record[0] == '{';
  if (parser->objects) {
    for (const JsonMember& member : members) parser->keys.push_back(UnescapeJson(member.key));
    auto columns = MapColumns(parser->keys, hints);
    if (!columns) return nullptr;
    parser->columns = *std::move(columns);
  } else if (names != nullptr) {
    auto columns = MapColumns(*names, hints);
    if (!columns) return Fail(columns.error());
    parser->columns = *std::move(columns);
    if (names->size() != members.size()) return nullptr;
  } else {
    parser->columns = MapArray(record.substr(0, size), members.size(), hints);
  }
  if (!parser->columns.complete()) return nullptr;
  for (size_t i = 0; i < members.size(); ++i) {
    const bool nested = members[i].kind == JsonMember::Kind::kNested;
    if (nested && parser->columns.roles[i] != Role::kSkip) return nullptr;
    if (nested) parser->flat = false;
  }
  return parser;
}

// Whether a record that is no candle is a trade: then one that was damaged into the length of a
// candle does not make the others candles.
bool IsTradeArray(std::string_view record, size_t count) {
  const std::vector<ColumnMap> shapes = MapHeaderlessTrades(count);
  return std::any_of(shapes.begin(), shapes.end(),
                     [&](const ColumnMap& trades) { return IsRowOf(record, trades); });
}

// One damaged record must not decide how all are read: `first`, or the parser of the shape that
// most of the next records have; null when most of them are of the other kind. `content` starts
// with the record that `first` was made of.
Result<std::unique_ptr<JsonRecords>> MostCommon(std::string_view content, const ColumnHints& hints,
                                                const std::vector<std::string>* names,
                                                std::unique_ptr<JsonRecords> first) {
  struct Shape {
    std::vector<std::string> keys;  // sorted
    std::vector<Role> roles;
    int records = 0;
    int rows = 0;  // of them
    std::unique_ptr<JsonRecords> parser;
  };
  std::vector<Shape> shapes;
  std::vector<JsonMember> members;
  const char open = first->objects ? '{' : '[';
  const bool maybe_trades =
      hints.kind == FileKind::kCandles && !hints.kind_is_known && !first->objects;
  int trades = 0;
  size_t at = 0;
  for (int tries = 0; tries < 30 && at < content.size(); ++tries) {
    const size_t size = ScanJsonRecord(content.substr(at, kRecordSizeMax), false, &members);
    const bool whole = size < kJsonCut;
    std::unique_ptr<JsonRecords> parser;
    if (whole) {
      TM_ASSIGN(parser, ParserFor(content.substr(at, size), hints, names));
    }
    if (parser != nullptr) {
      std::vector<std::string> keys = parser->keys;
      std::sort(keys.begin(), keys.end());
      auto known = std::find_if(shapes.begin(), shapes.end(), [&](const Shape& shape) {
        return shape.keys == keys && (parser->objects || shape.roles == parser->columns.roles);
      });
      if (known == shapes.end()) {
        std::vector<Role> roles = parser->columns.roles;
        shapes.push_back({std::move(keys), std::move(roles), 0, 0, std::move(parser)});
        known = shapes.end() - 1;
      }
      ++known->records;
      known->rows += IsRow(content.substr(at, size), *known->parser) ? 1 : 0;
    } else if (whole && maybe_trades && IsTradeArray(content.substr(at, size), members.size())) {
      ++trades;
    }
    at = content.find(open, at + (whole ? size : 1));
  }
  // Of two that are met as often the one that says more: a key of the other may be damaged.
  const auto weight = [](const Shape& shape) {
    return std::tuple(shape.rows, shape.records,
                      std::count_if(shape.roles.begin(), shape.roles.end(),
                                    [](Role role) { return role != Role::kSkip; }));
  };
  const auto best =
      std::max_element(shapes.begin(), shapes.end(),
                       [&](const Shape& a, const Shape& b) { return weight(a) < weight(b); });
  if (trades > (best == shapes.end() ? 0 : best->records)) return nullptr;
  return best == shapes.end() ? std::move(first) : std::move(best->parser);
}

// Whether the record at the start of `content` has a line of its own; else records are told apart
// by their brackets, and damage costs a line's other records nothing.
bool HasLine(std::string_view content) {
  std::vector<JsonMember> members;
  const size_t size = ScanJsonRecord(content.substr(0, kRecordSizeMax), false, &members);
  if (size >= kJsonCut || content.substr(0, size).find('\n') != std::string_view::npos)
    return false;
  const size_t next = content.find_first_not_of(" \t\r,", size);
  return next == std::string_view::npos || content[next] == '\n';
}

// Looks through a document for the first array of records, outermost first.
class DocumentSearch {
 public:
  DocumentSearch(std::string_view content, const ColumnHints& hints)
      : content_(content), hints_(hints) {}

  Result<std::unique_ptr<JsonRecords>> InArray(size_t at, const std::string& path,
                                               const std::vector<std::string>* names) {
    const size_t first = SkipJsonSpace(content_, at + 1);
    // The first records may be damaged: look at some further ones.
    size_t candidate = first;
    for (int tries = 0; tries < 20 && candidate < content_.size(); ++tries) {
      const char c = content_[candidate];
      if (c != '{' && c != '[') return nullptr;
      TM_ASSIGN(auto parser, ParserFor(content_.substr(candidate), hints_, names));
      if (parser != nullptr) {
        TM_ASSIGN(parser, MostCommon(content_.substr(candidate), hints_, names, std::move(parser)));
        if (parser == nullptr) return nullptr;
        parser->begin = at + 1;
        parser->where = path;
        return parser;
      }
      candidate = content_.find_first_of(c == '{' ? "{" : "[", candidate + 1);
    }
    return nullptr;
  }

  Result<std::unique_ptr<JsonRecords>> InObject(size_t at, const std::string& path, int depth) {
    std::optional<std::vector<std::string>> names;
    at = SkipJsonSpace(content_, at + 1);
    while (at < content_.size() && content_[at] == '"') {
      const std::optional<std::string> key = TakeJsonKey(content_, &at);
      if (!key) return nullptr;
      const std::string inner = path.empty() ? *key : path + "." + *key;
      if (content_[at] == '[') {
        if (key == "columns") names = ReadNames(at);
        const bool split = key == "data" && names.has_value();
        TM_ASSIGN(auto parser, InArray(at, inner, split ? &*names : nullptr));
        if (parser != nullptr) return parser;
      } else if (content_[at] == '{' && depth < kDepthMax) {
        TM_ASSIGN(auto parser, InObject(at, inner, depth + 1));
        if (parser != nullptr) return parser;
      }
      const size_t size = SkipJsonValue(content_.substr(at));
      if (size >= kJsonCut) return nullptr;
      at = SkipJsonSpace(content_, at + size);
      if (at < content_.size() && content_[at] == ',') at = SkipJsonSpace(content_, at + 1);
    }
    return nullptr;
  }

 private:
  std::optional<std::vector<std::string>> ReadNames(size_t at) {
    std::vector<JsonMember> members;
    if (ScanJsonRecord(content_.substr(at, kRecordSizeMax), true, &members) >= kJsonCut)
      return std::nullopt;
    std::vector<std::string> names;
    for (const JsonMember& m : members) {
      names.push_back(UnescapeJson(content_.substr(at + m.begin, m.end - m.begin)));
    }
    return names;
  }

  std::string_view content_;
  const ColumnHints& hints_;
};

// One record per line, the first ones perhaps damaged.
Result<std::unique_ptr<JsonRecords>> DetectLines(std::string_view content,
                                                 const ColumnHints& hints) {
  std::string_view rest = content.substr(0, kSampleBytes);
  for (int line = 0; line < 50 && !rest.empty(); ++line) {
    const size_t start = SkipJsonSpace(rest, 0);
    const std::string_view text = rest.substr(start, rest.find('\n', start) - start);
    if (text.starts_with('{') || text.starts_with('[')) {
      TM_ASSIGN(auto parser, ParserFor(text, hints, nullptr));
      if (parser != nullptr) {
        TM_ASSIGN(parser, MostCommon(rest.substr(start), hints, nullptr, std::move(parser)));
        if (parser == nullptr) return nullptr;
        parser->lines = HasLine(rest.substr(start));
        return parser;
      }
    }
    if (start + text.size() >= rest.size()) break;
    rest.remove_prefix(start + text.size());
  }
  return nullptr;
}

// Where what stands around the records is damaged: the first record that is a row, wherever it
// stands. All before it is then damage.
Result<std::unique_ptr<JsonRecords>> DetectAnywhere(std::string_view content,
                                                    const ColumnHints& hints) {
  const std::string_view sample = content.substr(0, kSampleBytes);
  int tries = 0;
  for (size_t at = sample.find_first_of("{["); at != std::string_view::npos && tries < 1000;
       at = sample.find_first_of("{[", at + 1), ++tries) {
    std::vector<JsonMember> members;
    const size_t size = ScanJsonRecord(sample.substr(at, kRecordSizeMax), true, &members);
    if (size >= kJsonCut || members.size() < ColumnsMin(hints.kind)) continue;
    TM_ASSIGN(auto parser, ParserFor(sample.substr(at, size), hints, nullptr));
    if (parser == nullptr) continue;
    BlockOutput out;
    parser->Parse(sample.substr(at, size), true, RowChecker(RulesOf(parser->columns, false)), out);
    if (out.rows == 0) continue;
    return MostCommon(content.substr(at), hints, nullptr, std::move(parser));
  }
  return nullptr;
}

}  // namespace

bool LooksLikeJson(std::string_view content) {
  const size_t at = SkipJsonSpace(content, 0);
  return at < content.size() && (content[at] == '{' || content[at] == '[');
}

Result<std::unique_ptr<BlockParser>> DetectJson(std::string_view content,
                                                const ColumnHints& hints) {
  const size_t at = SkipJsonSpace(content, 0);
  std::unique_ptr<JsonRecords> parser;
  // A record at the very start: lines, or (when it spans lines) a sequence.
  TM_ASSIGN(parser, ParserFor(content.substr(at), hints, nullptr));
  if (parser != nullptr) {
    TM_ASSIGN(parser, MostCommon(content.substr(at), hints, nullptr, std::move(parser)));
  }
  if (parser != nullptr) {
    parser->lines = HasLine(content.substr(at));
    return parser;
  }
  DocumentSearch search(content, hints);
  if (content.substr(at).starts_with('[')) {
    TM_ASSIGN(parser, search.InArray(at, "", nullptr));
  } else if (content.substr(at).starts_with('{')) {
    TM_ASSIGN(parser, search.InObject(at, "", 0));
  }
  if (parser != nullptr) return parser;
  TM_ASSIGN(parser, DetectLines(content, hints));
  if (parser != nullptr) return parser;
  TM_ASSIGN(parser, DetectAnywhere(content, hints));
  if (parser != nullptr) return parser;
  return Fail(ErrorCode::kParse,
              fmt::format("no JSON record with {} was found (set `columns` to name them)",
                          NeededColumns(hints.kind)));
}

}  // namespace tidemark
