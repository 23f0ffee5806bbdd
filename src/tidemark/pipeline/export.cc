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
#include "tidemark/pipeline/digest.h"

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

Status AppendCsv(const Batch& rows, AppendFile& file) {
  std::string text;
  for (size_t row = 0; row < rows.rows; ++row) {
    for (size_t i = 0; i < rows.columns.size(); ++i) {
      if (i > 0) text += ',';
      AppendCsvCell(rows.schema.fields[i], rows.columns[i], row, text);
    }
    text += '\n';
    if (text.size() < kCsvFlushBytes) continue;
    TM_TRY(file.Append(text));
    text.clear();
  }
  return file.Append(text);
}

// Part by part: a series of trades may be larger than memory. Returns the rows written.
Result<int64_t> WriteCsv(const LakeView& view, const TableSpec& spec, const SeriesKey& series,
                         TimeRange times, const std::string& path, Progress* progress) {
  TM_TRY(RemoveFile(path));
  TM_ASSIGN(AppendFile file, AppendFile::Open(path));
  std::string header;
  for (const Field& field : spec.schema.fields) header += (header.empty() ? "" : ",") + field.name;
  TM_TRY(file.Append(header + "\n"));
  int64_t written = 0;
  const auto append = [&](const Batch& rows) -> Status {
    TM_TRY(AppendCsv(rows, file));
    written += static_cast<int64_t>(rows.rows);
    if (progress != nullptr) progress->Update(written, written);
    return {};
  };
  TM_TRY(ForEachPart(view, spec, series, {}, times, append));
  TM_TRY(file.Sync());
  return written;
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
    name = series.venue + "_" + series.symbol;
    if (!series.interval.empty()) name += "_" + series.interval;
    name += options.format == ExportFormat::kCsv ? ".csv" : ".parquet";
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
    const TimeRange times = options.selection.times;
    ExportedFile file;
    file.series = key;
    TM_ASSIGN(file.path, PathOf(key, options, several_venues));
    if (options.progress != nullptr) options.progress->Begin("writing " + file.path, 0, false);
    if (options.format == ExportFormat::kCsv) {
      TM_ASSIGN(file.rows, WriteCsv(view, spec, key, times, file.path, options.progress));
    } else {
      TM_ASSIGN(const Batch rows, view.Read(spec, {.series = key, .times = times, .columns = {}}));
      file.rows = static_cast<int64_t>(rows.rows);
      if (options.format == ExportFormat::kFeather) {
        TM_TRY(WriteFeather(rows, file.path));
      } else {
        TM_ASSIGN(const EncodedFile encoded, EncodeParquet(rows, 0, rows.rows, {}));
        TM_TRY(WriteFileSynced(file.path, encoded.bytes));
      }
    }
    TM_ASSIGN(file.bytes, FileSize(file.path));
    files.push_back(std::move(file));
  }
  if (options.progress != nullptr) options.progress->End();
  return files;
}

}  // namespace tidemark
