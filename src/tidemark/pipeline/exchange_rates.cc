#include "tidemark/pipeline/exchange_rates.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace tidemark {
namespace {

constexpr std::array<const char*, 3> kValues = {"rate", "bid", "ask"};

// The versions of each time, the one that is held now last.
struct Versions {
  explicit Versions(const TableSpec& table) : rows(table.schema) {}
  Batch rows;  // of exchange_rates, in order of acceptance
  std::map<int64_t, std::vector<size_t>> by_time;

  void Add(const Batch& from, size_t row, int64_t revision) {
    by_time[from["time"].ints[row]].push_back(rows.rows);
    rows.Append(from, row, row + 1);
    rows["revision"].ints.back() = revision;
  }
  bool Holds(const Batch& from, size_t row) const {
    const auto found = by_time.find(from["time"].ints[row]);
    return found != by_time.end() && std::ranges::any_of(found->second, [&](size_t version) {
             return std::ranges::all_of(kValues, [&](const char* name) {
               const auto column = static_cast<size_t>(rows.schema.IndexOf(name));
               return Batch::CellsEqual(rows, version, from, row, column);
             });
           });
  }
};

// A row of rate_revisions as one of exchange_rates.
void AddSuperseded(const Batch& revisions, size_t row, Versions* versions) {
  Batch one(ExchangeRatesTable().schema);
  for (const Field& field : one.schema.fields) {
    const Column& from = revisions[field.name];
    Column& to = one[field.name];
    if (field.type == ColumnType::kString) {
      to.strings.Append(from.strings.At(row));
    } else if (field.type == ColumnType::kDouble) {
      to.doubles.push_back(from.doubles[row]);
    } else {
      to.ints.push_back(from.ints[row]);
    }
  }
  one.SetRows(1);
  versions->Add(one, 0, one["revision"].ints[0]);
}

Batch SupersededRows(const Batch& rows, const std::vector<uint32_t>& chosen, int64_t epoch) {
  const Batch from = rows.Take(chosen);
  Batch to(RateRevisionsTable().schema);
  for (const Field& field : to.schema.fields) {
    if (field.name != "epoch") to[field.name] = from[field.name];
  }
  to["epoch"].ints.assign(from.rows, epoch);
  to.SetRows(from.rows);
  return to;
}

Status WriteSeries(const Intake& intake, const SeriesKey& key, const std::vector<uint32_t>& came,
                   const LakeView& view, int64_t epoch, ReceiveTime now, EpochWriter& writer,
                   std::vector<MergeCounts>* counts) {
  const auto& times = intake.rates["time"].ints;
  TimeRange hull = {kMaxTime, kMinTime};
  for (const uint32_t row : came) {
    hull.start = std::min(hull.start, EventTime{times[row]});
    hull.end = std::max(hull.end, EventTime{times[row] + 1});
  }
  const ReadFilter filter = {.series = key, .times = hull, .columns = {}};
  TM_ASSIGN(const Batch superseded, view.Read(RateRevisionsTable(), filter));
  TM_ASSIGN(const Batch stored, view.Read(ExchangeRatesTable(), filter));
  Versions versions(ExchangeRatesTable());
  for (size_t i = 0; i < superseded.rows; ++i) AddSuperseded(superseded, i, &versions);
  for (size_t i = 0; i < stored.rows; ++i) {
    versions.Add(stored, i, stored["revision"].ints[i]);
  }
  const size_t before = versions.rows.rows;
  std::vector<uint32_t> replaced;  // held until now, and not any more
  for (const uint32_t row : came) {
    const int32_t source = intake.sources.Find(intake.rates["source"].strings.At(row));
    MergeCounts& count = (*counts)[static_cast<size_t>(source)];
    if (versions.Holds(intake.rates, row)) {
      ++count.duplicate;
      continue;
    }
    const auto held = versions.by_time.find(times[row]);
    const bool fresh = held == versions.by_time.end();
    ++(fresh ? count.new_rows : count.revised);
    if (!fresh) replaced.push_back(static_cast<uint32_t>(held->second.back()));
    versions.Add(intake.rates, row, fresh ? 0 : static_cast<int64_t>(held->second.size()));
    versions.rows["received_at"].ints.back() = now.us;
  }
  if (versions.rows.rows == before) return {};
  if (!replaced.empty()) {
    TM_TRY(writer.Append(RateRevisionsTable(), SupersededRows(versions.rows, replaced, epoch)));
  }
  std::vector<uint32_t> current;
  for (const auto& [time, all] : versions.by_time) {
    current.push_back(static_cast<uint32_t>(all.back()));
  }
  return writer.Replace(ExchangeRatesTable(), key, hull, versions.rows.Take(current));
}

}  // namespace

Status WriteRates(const Intake& intake, const LakeView& view, int64_t epoch, ReceiveTime now,
                  EpochWriter& writer, std::vector<MergeCounts>* counts) {
  if (intake.rates.rows == 0) return {};
  TM_TRY(writer.DeclareTable(ExchangeRatesTable(), {}));
  TM_TRY(writer.DeclareTable(RateRevisionsTable(), {}));
  std::map<SeriesKey, std::vector<uint32_t>> series;
  for (uint32_t row = 0; row < intake.rates.rows; ++row) {
    series[{intake.rates["venue"].strings.At(row), intake.rates["symbol"].strings.At(row), ""}]
        .push_back(row);
  }
  for (const auto& [key, came] : series) {
    TM_TRY(WriteSeries(intake, key, came, view, epoch, now, writer, counts));
  }
  return {};
}

}  // namespace tidemark
