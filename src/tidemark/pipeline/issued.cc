#include "tidemark/pipeline/issued.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "tidemark/flow/fold_month.h"

namespace tidemark {
namespace {

using Said = std::pair<int64_t, std::string>;  // time and model

Result<std::set<Said>> AlreadySaid(const LakeView& view, const SeriesKey& series, TimeRange times) {
  std::set<Said> said;
  if (!view.HasTable(IssuedTable().name)) return said;
  TM_ASSIGN(
      const Batch rows,
      view.Read(IssuedTable(), {.series = series, .times = times, .columns = {"time", "model"}}));
  for (size_t i = 0; i < rows.rows; ++i) {
    said.emplace(rows["time"].ints[i], rows["model"].strings.At(i));
  }
  return said;
}

// Ids of those that take effect in `times`.
Result<std::set<std::string>> ModelsOf(const LakeView& view, const SeriesKey& series,
                                       TimeRange times) {
  std::set<std::string> ids;
  if (!view.HasTable(ModelsTable().name)) return ids;
  TM_ASSIGN(const Batch rows,
            view.Read(ModelsTable(), {.series = series, .times = times, .columns = {"model_id"}}));
  for (size_t i = 0; i < rows.rows; ++i) ids.insert(rows["model_id"].strings.At(i));
  return ids;
}

}  // namespace

Result<RangeSet> IssuingSink::Replace(const TableSpec& spec, const SeriesKey& series,
                                      TimeRange range, const Batch& rows) {
  TM_ASSIGN(RangeSet changes, to_.Replace(spec, series, range, rows));
  const bool input = spec.name == "features" || spec.name == ModelsTable().name;
  const bool forecasts = spec.name == ForecastsTable().name && rows.rows > 0;
  if (!forecasts && (!input || changes.empty())) return changes;
  TM_ASSIGN(const SeriesId id, SeriesId::Parse(series.venue, series.symbol, series.interval));
  if (input) {
    const std::lock_guard lock(mutex_);
    changed_.insert(id);
    return changes;
  }
  const auto since = since_.find({id.venue, id.symbol});
  if (since == since_.end()) return changes;
  TM_TRY(Issue(series, std::max(since->second, before_.ClosedUntil(id)), rows));
  return changes;
}

Status IssuingSink::Issue(const SeriesKey& series, EventTime after, const Batch& forecasts) {
  const std::vector<int64_t>& times = forecasts["time"].ints;
  if (times.back() <= after.us) return {};
  TM_ASSIGN(std::set<Said> said, AlreadySaid(view_, series, {after + 1, {times.back() + 1}}));
  TM_ASSIGN(const std::set<std::string> ready,
            ModelsOf(view_, series, {FoldMonthOf(after + 1), {times.back() + 1}}));
  const std::lock_guard lock(mutex_);
  Batch& batch = said_.try_emplace(series, IssuedTable().schema).first->second;
  for (size_t i = 0; i < batch.rows; ++i) {
    said.emplace(batch["time"].ints[i], batch["model"].strings.At(i));
  }
  for (size_t i = 0; i < forecasts.rows; ++i) {
    const StringColumn& model = forecasts["model"].strings;
    if (times[i] <= after.us || !said.emplace(times[i], model.At(i)).second) continue;
    if (!ready.contains(forecasts["model_id"].strings.At(i))) {
      ++unready_;
      continue;
    }
    for (const char* name : {"venue", "symbol", "interval", "horizon", "model", "model_id"}) {
      batch[name].strings.Append(forecasts[name].strings.At(i));
    }
    batch["time"].ints.push_back(times[i]);
    batch["issued_at"].ints.push_back(now_.us);
    batch["prediction"].doubles.push_back(forecasts["prediction"].doubles[i]);
    batch.SetRows(batch.rows + 1);
  }
  return {};
}

Status IssuingSink::Add(const Batch& issued) {
  std::map<SeriesKey, std::vector<uint32_t>> by_series;
  for (size_t i = 0; i < issued.rows; ++i) {
    by_series[{issued["venue"].strings.At(i), issued["symbol"].strings.At(i),
               issued["interval"].strings.At(i), issued["horizon"].strings.At(i)}]
        .push_back(static_cast<uint32_t>(i));
  }
  for (const auto& [series, rows] : by_series) {
    EventTime first = kMaxTime, last = kMinTime;
    for (const uint32_t i : rows) {
      first = std::min(first, EventTime{issued["time"].ints[i]});
      last = std::max(last, EventTime{issued["time"].ints[i]});
    }
    TM_ASSIGN(std::set<Said> said, AlreadySaid(view_, series, {first, last + 1}));
    std::vector<uint32_t> fresh;
    for (const uint32_t i : rows) {
      if (said.emplace(issued["time"].ints[i], issued["model"].strings.At(i)).second) {
        fresh.push_back(i);
      }
    }
    if (!fresh.empty())
      said_.try_emplace(series, IssuedTable().schema).first->second = issued.Take(fresh);
  }
  return {};
}

Result<Batch> IssuingSink::Read(const SeriesKey& series, TimeRange times) {
  TM_ASSIGN(Batch rows,
            view_.Read(IssuedTable(), {.series = series, .times = times, .columns = {}}));
  const std::lock_guard lock(mutex_);
  const auto said = said_.find(series);
  if (said == said_.end()) return rows;
  std::vector<uint8_t> wanted;
  for (const int64_t time : said->second["time"].ints) wanted.push_back(times.Contains({time}));
  rows.Append(said->second.Filter(wanted));
  std::vector<uint32_t> order(rows.rows);
  std::iota(order.begin(), order.end(), 0);
  const auto key = [&](uint32_t row) {
    return std::forward_as_tuple(rows["time"].ints[row], rows["model"].strings.At(row));
  };
  std::ranges::sort(order, [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  return rows.Take(order);
}

Status IssuingSink::Write(EpochWriter& writer) {
  for (const auto& [series, batch] : said_) {
    if (batch.rows == 0) continue;
    TM_TRY(writer.DeclareTable(IssuedTable(), {}));
    TM_TRY(writer.Append(IssuedTable(), batch));
  }
  return {};
}

}  // namespace tidemark
