#include "tidemark/lake/data_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/json.h"

namespace tidemark {
namespace {

constexpr size_t kTextBytes = 64;
constexpr std::string_view kHighest = "\xF4\x8F\xBF\xBF";  // U+10FFFF
constexpr std::string_view kNoValue = "__HIVE_DEFAULT_PARTITION__";

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string PercentEncode(std::string_view text, std::string_view also_plain) {
  std::string out;
  for (const char c : text) {
    if (IsPlain(c) || also_plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The longest prefix of whole characters within the limit.
std::string_view Shortened(std::string_view text) {
  size_t n = kTextBytes;
  while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  return text.substr(0, n);
}

// "2019-12-31T23:59:00.000Z": three decimals, six where the microseconds need them.
std::string StatsTime(int64_t us) {
  const std::string whole =
      FormatTime(EventTime{us - ((us % kMicrosPerSecond) + kMicrosPerSecond) % kMicrosPerSecond});
  const int64_t part = ((us % kMicrosPerSecond) + kMicrosPerSecond) % kMicrosPerSecond;
  const std::string_view seconds = std::string_view(whole).substr(0, whole.size() - 1);
  if (part % 1000 == 0) return fmt::format("{}.{:03}Z", seconds, part / 1000);
  return fmt::format("{}.{:06}Z", seconds, part);
}

// Years outside 0000–9999 have no text that every reader takes.
bool HasStatsTime(int64_t us) {
  return us >= StartOf({0, 1, 1}).us && us < StartOf({10000, 1, 1}).us;
}

void AddBounds(const Field& field, const ColumnStats& stats, Json& least, Json& greatest) {
  if (!stats.has_range) return;
  switch (field.type) {
    case ColumnType::kString:
      least.Set(field.name, Json::String(stats.min_text));
      greatest.Set(field.name, Json::String(stats.max_text));
      break;
    case ColumnType::kTime:
      if (!HasStatsTime(stats.min_int) || !HasStatsTime(stats.max_int)) return;
      least.Set(field.name, Json::String(StatsTime(stats.min_int)));
      greatest.Set(field.name, Json::String(StatsTime(stats.max_int)));
      break;
    case ColumnType::kInt:
      least.Set(field.name, Json::Int(stats.min_int));
      greatest.Set(field.name, Json::Int(stats.max_int));
      break;
    case ColumnType::kDouble:
      if (!std::isfinite(stats.min_double) || !std::isfinite(stats.max_double)) return;
      least.Set(field.name, Json::Double(stats.min_double));
      greatest.Set(field.name, Json::Double(stats.max_double));
      break;
    default:
      break;
  }
}

bool ReadBounds(const Field& field, const Json& least, const Json& greatest, ColumnStats& stats) {
  switch (field.type) {
    case ColumnType::kString:
      if (!least.is_string() || !greatest.is_string()) return false;
      stats.is_text = true;
      stats.min_text = least.AsString();
      stats.max_text = greatest.AsString();
      // Other writers shorten at 32 characters, so a bound of that length may be one of those.
      stats.exact = stats.min_text.size() < 32 && stats.max_text.size() < 32;
      if (stats.min_text == stats.max_text) stats.exact = stats.min_text.size() <= kTextBytes;
      return true;
    case ColumnType::kTime: {
      const auto from = ParseTime(least.AsString());
      const auto to = ParseTime(greatest.AsString());
      if (!from || !to) return false;
      stats.min_int = from->us;
      stats.max_int = to->us;
      return true;
    }
    case ColumnType::kInt:
      stats.min_int = least.AsInt(kNullInt);
      stats.max_int = greatest.AsInt(kNullInt);
      return stats.min_int != kNullInt && stats.max_int != kNullInt;
    case ColumnType::kDouble:
      stats.min_double = least.AsDouble(NAN);
      stats.max_double = greatest.AsDouble(NAN);
      return !std::isnan(stats.min_double) && !std::isnan(stats.max_double);
    default:
      return false;
  }
}

}  // namespace

const ColumnStats* DataFile::StatsOf(std::string_view column) const {
  const auto found = stats.find(std::string(column));
  return found == stats.end() ? nullptr : &found->second;
}

const std::string* DataFile::ConstantText(std::string_view column) const {
  if (const auto fixed = partition.find(std::string(column)); fixed != partition.end()) {
    return &fixed->second;
  }
  const ColumnStats* known = StatsOf(column);
  if (known == nullptr || !known->is_text || !known->has_range || !known->exact ||
      known->null_count != 0 || known->min_text != known->max_text) {
    return nullptr;
  }
  return &known->min_text;
}

bool DataFile::MayHoldText(std::string_view column, std::string_view text) const {
  if (const auto fixed = partition.find(std::string(column)); fixed != partition.end()) {
    return fixed->second == text;
  }
  const ColumnStats* known = StatsOf(column);
  if (known == nullptr) return true;
  if (!known->has_range) return known->null_count < rows;
  return known->min_text <= text && text <= known->max_text;
}

TimeRange DataFile::TimesOf(std::string_view column) const {
  const ColumnStats* known = StatsOf(column);
  if (known == nullptr || !known->has_range) return TimeRange::All();
  return {EventTime{known->min_int},
          EventTime{known->max_int == INT64_MAX ? INT64_MAX : known->max_int + 1}};
}

bool DataFile::MayHoldSeries(const TableSpec& spec, const SeriesKey& series) const {
  return std::all_of(spec.series_by.begin(), spec.series_by.end(), [&](const std::string& column) {
    return MayHoldText(column, TextOf(series, column));
  });
}

bool DataFile::IsOnly(const TableSpec& spec, const SeriesKey& series) const {
  return std::all_of(spec.series_by.begin(), spec.series_by.end(), [&](const std::string& column) {
    const std::string* text = ConstantText(column);
    return text != nullptr && *text == TextOf(series, column);
  });
}

const std::string& TextOf(const SeriesKey& series, std::string_view column) {
  if (column == "venue") return series.venue;
  if (column == "symbol") return series.symbol;
  if (column == "interval") return series.interval;
  CHECK(column == "horizon");
  return series.horizon;
}

std::string ToString(const SeriesKey& series) {
  return fmt::format("venue {}, symbol {}, interval {}{}", series.venue, series.symbol,
                     series.interval, series.horizon.empty() ? "" : ", horizon " + series.horizon);
}

std::string PartitionFolder(const TableSpec& spec,
                            const std::map<std::string, std::string>& partition) {
  std::string folder;
  for (const std::string& column : spec.partition_by) {
    const std::string& value = partition.at(column);
    folder += PercentEncode(column, "") + "=";
    folder += value.empty() ? std::string(kNoValue) : PercentEncode(value, "");
    folder += "/";
  }
  return folder;
}

std::string EncodeLogPath(std::string_view path) { return PercentEncode(path, "/=~"); }

Result<std::string> DecodeLogPath(std::string_view text) {
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      path += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Fail(ErrorCode::kCorrupt, fmt::format("{}: not a path of the log", text));
    }
    path += static_cast<char>(high * 16 + low);
    i += 2;
  }
  // An absolute or climbing path would lead out of the table.
  if (path.empty() || path.front() == '/' || path.find("://") != std::string::npos ||
      path.find('\0') != std::string::npos ||
      ("/" + path + "/").find("/../") != std::string::npos) {
    return Fail(ErrorCode::kUnsupported, fmt::format("{}: a file outside its table", path));
  }
  return path;
}

std::string StatsToJson(int64_t rows, const std::map<std::string, ColumnStats>& stats,
                        const Schema& schema) {
  Json least = Json::Object(), greatest = Json::Object(), nulls = Json::Object();
  for (const Field& field : schema.fields) {
    const auto found = stats.find(field.name);
    if (found == stats.end()) continue;
    nulls.Set(field.name, Json::Int(found->second.null_count));
    ColumnStats bounds = found->second;
    if (field.type == ColumnType::kString && bounds.has_range) {
      if (bounds.min_text.size() > kTextBytes) bounds.min_text = Shortened(bounds.min_text);
      if (bounds.max_text.size() > kTextBytes) {
        bounds.max_text = std::string(Shortened(bounds.max_text)) + std::string(kHighest);
      }
    }
    AddBounds(field, bounds, least, greatest);
  }
  return Json::Object()
      .Set("numRecords", Json::Int(rows))
      .Set("minValues", std::move(least))
      .Set("maxValues", std::move(greatest))
      .Set("nullCount", std::move(nulls))
      .Dump();
}

Status StatsFromJson(std::string_view text, const Schema& schema, DataFile& file) {
  const auto all = Json::Parse(text);
  if (!all) return Fail(ErrorCode::kCorrupt, file.path + ": stats: " + all.error().message());
  file.rows = (*all)["numRecords"].AsInt(-1);
  const Json &nulls = (*all)["nullCount"], &least = (*all)["minValues"],
             &greatest = (*all)["maxValues"];
  for (const Field& field : schema.fields) {
    if (!nulls.Has(field.name)) continue;
    ColumnStats stats;
    stats.null_count = nulls[field.name].AsInt(0);
    const bool named = least.Has(field.name) && greatest.Has(field.name);
    stats.has_range = named && ReadBounds(field, least[field.name], greatest[field.name], stats);
    // Without bounds nothing can be excluded unless every value is null.
    if (!stats.has_range && stats.null_count != file.rows) continue;
    file.stats.emplace(field.name, std::move(stats));
  }
  return {};
}

}  // namespace tidemark
