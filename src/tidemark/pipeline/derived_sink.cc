#include "tidemark/pipeline/derived_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

std::string CellText(const Batch& batch, size_t row, size_t column) {
  const Column& c = batch.columns[column];
  switch (batch.schema.fields[column].type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      return c.strings.IsNull(row) ? "null" : "'" + c.strings.At(row) + "'";
    case ColumnType::kDouble:
      return std::isnan(c.doubles[row]) ? "null" : fmt::format("{}", c.doubles[row]);
    case ColumnType::kTime:
      return c.ints[row] == kNullInt ? "null" : FormatTime({c.ints[row]});
    default:
      return c.ints[row] == kNullInt ? "null" : fmt::format("{}", c.ints[row]);
  }
}

// "venue=bitfinex symbol=LTC-USD time=2019-12-31T23:59:00Z"
std::string KeyText(const TableSpec& spec, const Batch& batch, size_t row) {
  std::string text;
  for (const std::string& name : spec.sort_by) {
    const auto column = static_cast<size_t>(batch.schema.IndexOf(name));
    text += (text.empty() ? "" : " ") + name + "=" + CellText(batch, row, column);
  }
  return text;
}

std::string DescribeRowPair(const TableSpec& spec, const Batch& stored, size_t s,
                            const Batch& given, size_t g) {
  for (const std::string& name : spec.sort_by) {
    const auto column = static_cast<size_t>(stored.schema.IndexOf(name));
    if (!Batch::CellsEqual(stored, s, given, g, column)) {
      return fmt::format("stored row {} stands where recomputation has {}",
                         KeyText(spec, stored, s), KeyText(spec, given, g));
    }
  }
  for (size_t column = 0; column < stored.columns.size(); ++column) {
    if (Batch::CellsEqual(stored, s, given, g, column)) continue;
    return fmt::format("{}: {} is stored as {}, recomputed as {}", KeyText(spec, stored, s),
                       stored.schema.fields[column].name, CellText(stored, s, column),
                       CellText(given, g, column));
  }
  return "";
}

bool RowsEqual(const Batch& a, size_t row_a, const Batch& b, size_t row_b) {
  for (size_t column = 0; column < a.columns.size(); ++column) {
    if (!Batch::CellsEqual(a, row_a, b, row_b, column)) return false;
  }
  return true;
}

// True when every column has the same values in both, quickly: the usual case.
bool BatchesEqual(const Batch& a, const Batch& b) {
  if (a.rows != b.rows) return false;
  for (size_t c = 0; c < a.columns.size(); ++c) {
    const ColumnType type = a.schema.fields[c].type;
    if (type == ColumnType::kDouble) {
      const auto& x = a.columns[c].doubles;
      const auto& y = b.columns[c].doubles;
      for (size_t i = 0; i < a.rows; ++i) {
        if (!(x[i] == y[i]) && !(std::isnan(x[i]) && std::isnan(y[i]))) return false;
      }
    } else if (type == ColumnType::kString || type == ColumnType::kBytes) {
      for (size_t i = 0; i < a.rows; ++i) {
        if (!Batch::CellsEqual(a, i, b, i, c)) return false;
      }
    } else if (a.columns[c].ints != b.columns[c].ints) {
      return false;
    }
  }
  return true;
}

}  // namespace

RowDifference CompareRows(const TableSpec& spec, const Batch& stored, const Batch& given) {
  RowDifference difference;
  if (BatchesEqual(stored, given)) return difference;
  const int time_index = spec.time_column.empty() ? -1 : given.schema.IndexOf(spec.time_column);
  const auto time_of = [&](const Batch& batch, size_t row) {
    return time_index < 0 ? int64_t{0} : batch.columns[static_cast<size_t>(time_index)].ints[row];
  };
  const auto group_end = [&](const Batch& batch, size_t row) {
    const int64_t time = time_of(batch, row);
    while (row < batch.rows && time_of(batch, row) == time) ++row;
    return row;
  };
  size_t s = 0, g = 0;
  bool open = false;  // the previous group differed: the range goes on
  TimeRange range;
  const auto differ = [&](int64_t time, auto words) {
    if (difference.first.empty()) difference.first = words();
    if (!open) range.start = {time};
    open = true;
    range.end = {time + 1};
  };
  while (s < stored.rows || g < given.rows) {
    const int64_t stored_time = s < stored.rows ? time_of(stored, s) : INT64_MAX;
    const int64_t given_time = g < given.rows ? time_of(given, g) : INT64_MAX;
    if (stored_time < given_time) {
      differ(stored_time, [&] { return "stored but not recomputed: " + KeyText(spec, stored, s); });
      s = group_end(stored, s);
      continue;
    }
    if (given_time < stored_time) {
      differ(given_time, [&] { return "recomputed but not stored: " + KeyText(spec, given, g); });
      g = group_end(given, g);
      continue;
    }
    const size_t s_end = group_end(stored, s), g_end = group_end(given, g);
    bool same = s_end - s == g_end - g;
    size_t i = 0;
    for (; i < std::min(s_end - s, g_end - g); ++i) {
      if (RowsEqual(stored, s + i, given, g + i)) continue;
      same = false;
      break;
    }
    if (!same) {
      differ(given_time, [&] {
        if (s + i == s_end) return "recomputed but not stored: " + KeyText(spec, given, g + i);
        if (g + i == g_end) return "stored but not recomputed: " + KeyText(spec, stored, s + i);
        return DescribeRowPair(spec, stored, s + i, given, g + i);
      });
    } else if (open) {
      difference.times.Add(range);
      open = false;
    }
    s = s_end;
    g = g_end;
  }
  if (open) difference.times.Add(range);
  return difference;
}

Result<RangeSet> EpochSink::Replace(const TableSpec& spec, const SeriesKey& series, TimeRange range,
                                    const Batch& rows) {
  Batch stored(spec.schema);
  if (view_.HasTable(spec.name)) {
    TM_ASSIGN(
        stored,
        view_.Read(spec, {.series = series, .times = range, .columns = {}, .for_rewriting = true}));
  }
  if (stored.rows == 0) {
    if (rows.rows == 0) return RangeSet();
    const auto& times = rows[spec.time_column].ints;
    const TimeRange hull = {{times.front()}, {times.back() + 1}};
    // Nothing stands in the way. A few rows need no more than to be added; saying so spares files
    // of several series, whose times overlap, from being rewritten.
    constexpr size_t kFewRows = 20'000;
    if (rows.rows < kFewRows) {
      TM_TRY(writer_.Append(spec, rows));
    } else {
      TM_TRY(writer_.Replace(spec, series, hull, rows));
    }
    return RangeSet(hull);
  }
  RowDifference difference = CompareRows(spec, stored, rows);
  if (difference.times.empty()) return RangeSet();
  // Only the stretch between the first and the last difference is written.
  const TimeRange hull = difference.times.Hull();
  const auto& times = rows[spec.time_column].ints;
  const auto begin = std::lower_bound(times.begin(), times.end(), hull.start.us) - times.begin();
  const auto end = std::lower_bound(times.begin(), times.end(), hull.end.us) - times.begin();
  Batch part(rows.schema);
  part.Append(rows, static_cast<size_t>(begin), static_cast<size_t>(end));
  TM_TRY(writer_.Replace(spec, series, hull, part));
  return difference.times;
}

Status EpochSink::ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows) {
  if (view_.HasTable(spec.name)) {
    TM_ASSIGN(const Batch stored,
              view_.Read(spec, {.series = series, .times = TimeRange::All(), .columns = {}}));
    if (BatchesEqual(stored, rows)) return {};
  }
  return writer_.ReplaceAll(spec, series, rows);
}

void VerifySink::Note(const TableSpec& spec, const SeriesKey& series,
                      const RowDifference& difference, size_t rows) {
  const std::lock_guard lock(mutex_);
  given_[{spec.name, series}] += static_cast<int64_t>(rows);
  rows_compared_ += static_cast<int64_t>(rows);
  if (difference.first.empty()) return;
  findings_.try_emplace(fmt::format("{} {} {} {} {}", spec.name, series.venue, series.symbol,
                                    series.interval, series.horizon),
                        fmt::format("table {}: {}", spec.name, difference.first));
}

Result<RangeSet> VerifySink::Replace(const TableSpec& spec, const SeriesKey& series,
                                     TimeRange range, const Batch& rows) {
  range.end = std::min(range.end, until_);
  if (range.empty()) return RangeSet();
  Batch stored(spec.schema);
  if (view_.HasTable(spec.name)) {
    TM_ASSIGN(stored, view_.Read(spec, {.series = series, .times = range, .columns = {}}));
  }
  const auto& times = rows[spec.time_column].ints;
  if (!times.empty() && times.back() >= range.end.us) {
    const auto end = std::lower_bound(times.begin(), times.end(), range.end.us) - times.begin();
    Batch part(rows.schema);
    part.Append(rows, 0, static_cast<size_t>(end));
    Note(spec, series, CompareRows(spec, stored, part), part.rows);
  } else {
    Note(spec, series, CompareRows(spec, stored, rows), rows.rows);
  }
  return RangeSet(range);
}

Status VerifySink::ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows) {
  if (until_ != kMaxTime) return {};  // a table without time cannot be cut
  Batch stored(spec.schema);
  if (view_.HasTable(spec.name)) {
    TM_ASSIGN(stored,
              view_.Read(spec, {.series = series, .times = TimeRange::All(), .columns = {}}));
  }
  Note(spec, series, CompareRows(spec, stored, rows), rows.rows);
  return {};
}

std::vector<std::string> VerifySink::TakeFindings() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (auto& [key, words] : findings_) all.push_back(std::move(words));
  findings_.clear();
  return all;
}

int64_t VerifySink::rows_compared() const {
  const std::lock_guard lock(mutex_);
  return rows_compared_;
}

}  // namespace tidemark
