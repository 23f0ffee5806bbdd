#include "tidemark/pipeline/digest.h"

#include <algorithm>
#include <cmath>

#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {
namespace {

template <typename T>
void Put(std::string* out, T value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void PutText(std::string* out, const StringColumn& column, size_t row) {
  if (column.IsNull(row)) {
    out->push_back(0);
    return;
  }
  const std::string& text = column.At(row);
  out->push_back(1);
  Put<uint32_t>(out, static_cast<uint32_t>(text.size()));
  out->append(text);
}

// The columns of a table that its digest covers; empty when it has none.
std::vector<std::string> DigestColumns(const TableSpec& spec) {
  static const std::vector<std::string> kProvenance = {"source", "received_at", "revision",
                                                       "epoch"};
  std::vector<std::string> columns;
  if (spec.kind == TableKind::kDerived) {
    for (const Field& field : spec.schema.fields) columns.push_back(field.name);
  } else if (spec.name == VendorCandlesTable().name || spec.name == TradesTable().name ||
             spec.name == ExchangeRatesTable().name) {
    for (const Field& field : spec.schema.fields) {
      if (std::find(kProvenance.begin(), kProvenance.end(), field.name) == kProvenance.end()) {
        columns.push_back(field.name);
      }
    }
  }
  return columns;
}

// Where a candle or a bar ends; other rows tell of their time.
bool HasEnds(const TableSpec& spec) {
  return spec.name == CandlesTable().name || spec.name == VendorCandlesTable().name ||
         spec.name == BarsTable().name;
}

// Of candles or bars that begin before `until`, those that end by then.
Result<Batch> EndedBy(EventTime until, const TableSpec& spec, const SeriesKey& series,
                      const Batch& rows) {
  std::vector<uint8_t> keep(rows.rows);
  if (spec.name == CandlesTable().name) {
    for (size_t i = 0; i < rows.rows; ++i) keep[i] = rows["close_time"].ints[i] <= until.us;
  } else if (spec.name == VendorCandlesTable().name) {
    TM_ASSIGN(const Interval interval, Interval::Parse(series.interval));
    for (size_t i = 0; i < rows.rows; ++i) {
      keep[i] = interval.CloseOf(interval.OpenOf({rows["open_time"].ints[i]})) <= until;
    }
  } else {
    // A bar's last trade is in it; one that is not full ends with its day.
    const Interval day = Interval::Fixed(kMicrosPerDay);
    for (size_t i = 0; i < rows.rows; ++i) {
      const EventTime close = {rows["close_time"].ints[i]};
      const bool partial = rows["partial"].ints[i] != 0;
      keep[i] = (partial ? day.CloseOf(day.OpenOf(close)) : close + 1) <= until;
    }
  }
  return rows.Filter(keep);
}

Result<Digest> DigestOf(const LakeView& view, const TableSpec& spec, const SeriesKey& series,
                        EventTime until) {
  Digest digest{.table = spec.name,
                .series = series.venue + " " + series.symbol + " " + series.interval +
                          (series.horizon.empty() ? "" : " " + series.horizon),
                .rows = 0,
                .sha256 = {}};
  Sha256 hash;
  std::string bytes;
  const auto add = [&](const Batch& rows) {
    bytes.clear();
    AppendCanonical(rows, &bytes);
    hash.Update(bytes);
    digest.rows += static_cast<int64_t>(rows.rows);
  };
  const bool cut = until != kMaxTime && HasEnds(spec);
  TM_TRY(ForEachPart(view, spec, series, DigestColumns(spec), {kMinTime, until},
                     [&](const Batch& rows) -> Status {
                       if (!cut) {
                         add(rows);
                         return {};
                       }
                       TM_ASSIGN(const Batch ended, EndedBy(until, spec, series, rows));
                       add(ended);
                       return {};
                     }));
  digest.sha256 = hash.Hex();
  return digest;
}

}  // namespace

void AppendCanonical(const Batch& rows, std::string* out) {
  for (size_t row = 0; row < rows.rows; ++row) {
    for (size_t c = 0; c < rows.columns.size(); ++c) {
      const Column& column = rows.columns[c];
      switch (rows.schema.fields[c].type) {
        case ColumnType::kString:
        case ColumnType::kBytes:
          PutText(out, column.strings, row);
          break;
        case ColumnType::kDouble: {
          const double value = column.doubles[row];
          out->push_back(std::isnan(value) ? 0 : 1);
          if (!std::isnan(value)) Put<double>(out, value == 0 ? 0.0 : value);
          break;
        }
        default:
          out->push_back(column.ints[row] == kNullInt ? 0 : 1);
          if (column.ints[row] != kNullInt) Put<int64_t>(out, column.ints[row]);
      }
    }
  }
}

Status ForEachPart(const LakeView& view, const TableSpec& spec, const SeriesKey& series,
                   const std::vector<std::string>& columns, TimeRange times,
                   const std::function<Status(const Batch&)>& take) {
  if (spec.time_column.empty()) {
    TM_ASSIGN(const Batch rows,
              view.Read(spec, {.series = series, .times = TimeRange::All(), .columns = columns}));
    return take(rows);
  }
  // Months that hold rows, from the bounds of the files.
  TimeRange extent = {kMaxTime, kMinTime};
  for (const DataFile& file : view.Files(spec.name)) {
    if (!file.MayHoldSeries(spec, series)) continue;
    const TimeRange held = file.TimesOf(spec.time_column);
    extent.start = std::min(extent.start, held.start);
    extent.end = std::max(extent.end, held.end);
  }
  extent = {std::max(extent.start, times.start), std::min(extent.end, times.end)};
  for (EventTime at = extent.start; at < extent.end;) {
    const TimeRange bucket = FileBucket(spec, FileSplit::kMonth, at);
    const TimeRange range = {at, std::min(bucket.end, extent.end)};
    at = bucket.end;
    TM_ASSIGN(const Batch rows,
              view.Read(spec, {.series = series, .times = range, .columns = columns}));
    if (rows.rows > 0) TM_TRY(take(rows));
  }
  return {};
}

Result<std::vector<Digest>> Digests(const LakeView& view, std::optional<EventTime> until,
                                    ThreadPool& threads) {
  struct Task {
    TableSpec spec;
    SeriesKey series;
  };
  std::vector<Task> tasks;
  for (const TableSpec& known : AllTables({})) {
    if (!view.HasTable(known.name) || DigestColumns(known).empty()) continue;
    const TableSpec spec = known.name == "features" ? StoredFeaturesTable(view) : known;
    TM_ASSIGN(const std::vector<SeriesKey> all, view.SeriesOf(spec));
    for (const SeriesKey& series : all) tasks.push_back({spec, series});
  }
  std::vector<Result<Digest>> results(tasks.size(), Result<Digest>(Digest()));
  threads.ParallelFor(tasks.size(), [&](size_t i) {
    results[i] = DigestOf(view, tasks[i].spec, tasks[i].series, until.value_or(kMaxTime));
  });
  std::vector<Digest> digests;
  for (Result<Digest>& result : results) {
    TM_ASSIGN(Digest digest, std::move(result));
    if (digest.rows > 0) digests.push_back(std::move(digest));
  }
  return digests;
}

Result<std::vector<Digest>> Digests(const Config& config, std::optional<EventTime> until) {
  TM_ASSIGN(const PinnedLake pinned, PinLake(config));
  ThreadPool threads(ThreadsOf(config));
  return Digests(pinned.view, until, threads);
}

}  // namespace tidemark
