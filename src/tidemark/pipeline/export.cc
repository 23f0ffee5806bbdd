#include "tidemark/pipeline/export.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/json_text.h"
#include "tidemark/base/text.h"
#include "tidemark/lake/feather.h"
#include "tidemark/lake/parquet_io.h"
#include "tidemark/market/interval.h"
#include "tidemark/pipeline/config_value.h"

namespace tidemark {
namespace {

constexpr size_t kCsvFlushBytes = 1 << 20;

Result<TableSpec> SpecOf(const LakeView& view, const std::string& name) {
  std::vector<std::string> names;
  for (TableSpec& spec : AllTables({})) {
    names.push_back(spec.name);
    if (spec.name != name) continue;
    if (name == "features") spec = StoredFeaturesTable(view);
    if (spec.time_column.empty() || spec.series_by.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("table {0} has no series; `tidemark sql -o {0}.csv --format csv "
                              "'SELECT * FROM {0}'` writes it",
                              name));
    }
    return spec;
  }
  const std::string nearest = NearestWord(name, names);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("there is no table {}{}", name,
                          nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

// RFC 4180: quoted where needed.
void AppendCsvText(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
  } else {
    out += QuoteCsv(text);
  }
}

void AppendCsvCell(const Field& field, const Column& column, size_t row, std::string& out) {
  switch (field.type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      if (!column.strings.IsNull(row)) AppendCsvText(column.strings.At(row), out);
      return;
    case ColumnType::kDouble: {
      if (std::isnan(column.doubles[row])) return;
      out += ShortestDouble(column.doubles[row]);
      return;
    }
    default:
      break;
  }
  const int64_t value = column.ints[row];
  if (value == kNullInt) return;
  if (field.type == ColumnType::kTime) {
    out += FormatTime({value});
  } else if (field.type == ColumnType::kBool) {
    out += value != 0 ? "true" : "false";
  } else {
    out += std::to_string(value);
  }
}

Status WriteCsv(const Batch& rows, const std::string& path, Progress* progress) {
  TM_TRY(RemoveFile(path));
  TM_ASSIGN(AppendFile file, AppendFile::Open(path));
  std::string text;
  for (const Field& field : rows.schema.fields) {
    if (!text.empty()) text += ',';
    text += field.name;
  }
  text += '\n';
  for (size_t row = 0; row < rows.rows; ++row) {
    for (size_t i = 0; i < rows.columns.size(); ++i) {
      if (i > 0) text += ',';
      AppendCsvCell(rows.schema.fields[i], rows.columns[i], row, text);
    }
    text += '\n';
    if (text.size() < kCsvFlushBytes) continue;
    TM_TRY(file.Append(text));
    if (progress != nullptr) progress->Update(static_cast<int64_t>(row), static_cast<int64_t>(row));
    text.clear();
  }
  TM_TRY(file.Append(text));
  return file.Sync();
}

Status WriteFeather(const Batch& rows, const std::string& path) {
  std::vector<int64_t> dates;
  dates.reserve(rows.rows);
  for (const int64_t us : rows["open_time"].ints) dates.push_back(us / kMicrosPerMilli);
  std::vector<FeatherColumn> columns = {{"date", &dates, nullptr}};
  for (const char* name : {"open", "high", "low", "close", "volume"}) {
    columns.push_back({name, nullptr, &rows[name].doubles});
  }
  TM_ASSIGN(const std::string bytes, EncodeFeather(columns));
  return WriteFileSynced(path, bytes);
}

// freqtrade's spelling: "LTC_USD-1m", months as "1Mo".
std::string FreqtradeName(const SeriesKey& series) {
  std::string pair = series.symbol;
  std::ranges::replace(pair, '-', '_');
  std::string interval = series.interval;
  if (interval.ends_with("mo")) interval[interval.size() - 2] = 'M';
  return pair + "-" + interval + ".feather";
}

Result<std::string> PathOf(const SeriesKey& series, const ExportOptions& options,
                           bool several_venues) {
  std::string folder = options.folder;
  std::string name;
  if (options.format == ExportFormat::kFeather) {
    if (several_venues) folder += "/" + series.venue;
    name = FreqtradeName(series);
  } else {
    folder += "/" + options.table;
    name = fmt::format("{}_{}_{}.{}", series.venue, series.symbol, series.interval,
                       options.format == ExportFormat::kCsv ? "csv" : "parquet");
  }
  TM_TRY(MakeDirectories(folder));
  return folder + "/" + name;
}

}  // namespace

Result<ExportFormat> ParseExportFormat(std::string_view text) {
  if (text == "csv") return ExportFormat::kCsv;
  if (text == "parquet") return ExportFormat::kParquet;
  if (text == "feather") return ExportFormat::kFeather;
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("--format '{}' is not offered; there are csv, parquet and feather", text));
}

Result<std::vector<ExportedFile>> ExportTables(const LakeView& view, const ExportOptions& options) {
  if (options.format == ExportFormat::kFeather && options.table != "candles" &&
      options.table != "vendor_candles") {
    return Fail(ErrorCode::kInvalidArgument,
                "feather is freqtrade's layout of candles; write other tables as parquet or csv");
  }
  TM_ASSIGN(const TableSpec spec, SpecOf(view, options.table));
  TM_ASSIGN(const auto keys, SelectSeries(view, spec, options.selection));
  if (keys.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("table {} has no rows", options.table));
  }
  const bool several_venues =
      std::ranges::any_of(keys, [&](const SeriesKey& k) { return k.venue != keys[0].venue; });
  std::vector<ExportedFile> files;
  for (const SeriesKey& key : keys) {
    TM_ASSIGN(const Batch rows,
              view.Read(spec, {.series = key, .times = options.selection.times, .columns = {}}));
    TM_ASSIGN(const std::string path, PathOf(key, options, several_venues));
    if (options.progress != nullptr) {
      options.progress->Begin("writing " + path, static_cast<int64_t>(rows.rows), false);
    }
    if (options.format == ExportFormat::kCsv) {
      TM_TRY(WriteCsv(rows, path, options.progress));
    } else if (options.format == ExportFormat::kFeather) {
      TM_TRY(WriteFeather(rows, path));
    } else {
      TM_ASSIGN(const EncodedFile encoded, EncodeParquet(rows, 0, rows.rows, {}));
      TM_TRY(WriteFileSynced(path, encoded.bytes));
    }
    TM_ASSIGN(const int64_t bytes, FileSize(path));
    files.push_back(
        {.path = path, .series = key, .rows = static_cast<int64_t>(rows.rows), .bytes = bytes});
  }
  if (options.progress != nullptr) options.progress->End();
  return files;
}

}  // namespace tidemark
