// What one epoch of the default run costs: 1.5 million one-minute rows with 20 computed columns,
// written by month and read back. The answers are checked.
#include <benchmark/benchmark.h>

#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/random.h"
#include "tidemark/lake/lake.h"

namespace tidemark {
namespace {

constexpr size_t kRows = 1'500'000;

TableSpec Spec() {
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back("feature_" + std::to_string(i));
  return FeaturesTable(names);
}

// Returns of a price that moves in cents, their means and ratios: digits as features have them.
Batch Features(const TableSpec& spec) {
  Batch rows(spec.schema);
  rows["venue"].strings.AppendRepeated("bitfinex", kRows);
  rows["symbol"].strings.AppendRepeated("LTC-USD", kRows);
  rows["interval"].strings.AppendRepeated("1m", kRows);
  const int64_t start = ParseTime("2017-01-01")->us;
  for (size_t i = 0; i < kRows; ++i) {
    rows["time"].ints.push_back(start + static_cast<int64_t>(i) * kMicrosPerMinute);
  }
  Random random(1);
  for (int f = 0; f < 20; ++f) {
    auto& values = rows["feature_" + std::to_string(f)].doubles;
    values.reserve(kRows);
    double price = 10'000, mean = price;
    for (size_t i = 0; i < kRows; ++i) {
      const double next =
          price + static_cast<double>(random.Below(3 + static_cast<uint64_t>(f))) - (2.0 + f) / 2;
      mean += (next - mean) / (f + 2);
      values.push_back(i < 1440 ? NAN : next / mean - 1);
      price = next > 5000 ? next : 10'000;
    }
  }
  rows.SetRows(kRows);
  return rows;
}

struct Scratch {
  std::string root = *MakeTemporaryDirectory("tidemark-bench-");
  ~Scratch() { (void)RemoveTree(root); }
};

const SeriesKey kSeries{"bitfinex", "LTC-USD", "1m"};

PreparedEpoch WriteEpoch(Lake& lake, const TableSpec& spec, const Batch& rows, ThreadPool& pool) {
  const auto writer = lake.Begin(*lake.Pin(), &pool);
  CHECK((*writer)->DeclareTable(spec, {}));
  CHECK((*writer)->Replace(spec, kSeries, TimeRange::All(), rows));
  const auto prepared = (*writer)->Prepare();
  CHECK(prepared);
  CHECK(lake.Commit(*prepared));
  return *prepared;
}

void BM_WriteFeatures(benchmark::State& state) {
  const TableSpec spec = Spec();
  const Batch rows = Features(spec);
  ThreadPool pool(static_cast<int>(state.range(0)));
  int64_t stored = 0;
  for (auto _ : state) {
    const Scratch scratch;
    auto lake = *Lake::Open(scratch.root + "/lake", S3Options());
    CHECK(lake->LockForWriting("bench"));
    WriteEpoch(*lake, spec, rows, pool);
    stored = 0;
    for (const DataFile& file : lake->Pin()->Files("features")) stored += file.size;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(kRows * 21 * 8));
  state.counters["stored_ratio"] = static_cast<double>(stored) / (kRows * 21 * 8);
}
BENCHMARK(BM_WriteFeatures)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_ReadFeatures(benchmark::State& state) {
  const Scratch scratch;
  const TableSpec spec = Spec();
  auto lake = *Lake::Open(scratch.root + "/lake", S3Options());
  CHECK(lake->LockForWriting("bench"));
  ThreadPool pool(2);
  WriteEpoch(*lake, spec, Features(spec), pool);
  for (auto _ : state) {
    const auto view = lake->Pin();
    const auto rows = view->Read(spec);
    CHECK(rows && rows->rows == kRows);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(kRows * 21 * 8));
}
BENCHMARK(BM_ReadFeatures)->Unit(benchmark::kMillisecond);

// A day at the tip: what an incremental run reads and writes.
void BM_ReadOneDay(benchmark::State& state) {
  const Scratch scratch;
  const TableSpec spec = Spec();
  auto lake = *Lake::Open(scratch.root + "/lake", S3Options());
  CHECK(lake->LockForWriting("bench"));
  ThreadPool pool(2);
  WriteEpoch(*lake, spec, Features(spec), pool);
  for (auto _ : state) {
    auto fresh = Lake::Open(scratch.root + "/lake", S3Options());
    const auto view = (*fresh)->Pin();
    ReadFilter filter;
    filter.series = kSeries;
    filter.times = {*ParseTime("2019-06-10"), *ParseTime("2019-06-11")};
    const auto rows = view->Read(spec, filter);
    CHECK(rows && rows->rows == 1440);
  }
}
BENCHMARK(BM_ReadOneDay)->Unit(benchmark::kMillisecond);

void BM_AppendOneDay(benchmark::State& state) {
  const Scratch scratch;
  const TableSpec spec = Spec();
  auto lake = *Lake::Open(scratch.root + "/lake", S3Options());
  CHECK(lake->LockForWriting("bench"));
  ThreadPool pool(2);
  const Batch all = Features(spec);
  WriteEpoch(*lake, spec, all, pool);
  Batch day(spec.schema);
  day.Append(all, 0, 1440);
  int64_t shift = kRows;
  for (auto _ : state) {
    for (int64_t& t : day["time"].ints) t += shift * kMicrosPerMinute;
    shift = 1440;
    const auto writer = lake->Begin(*lake->Pin(), &pool);
    CHECK((*writer)->DeclareTable(spec, {}));
    const TimeRange range{EventTime{day["time"].ints.front()},
                          EventTime{day["time"].ints.back() + 1}};
    CHECK((*writer)->Replace(spec, kSeries, range, day));
    const auto prepared = (*writer)->Prepare();
    CHECK(prepared && prepared->files.size() == 1);
    CHECK(lake->Commit(*prepared));
  }
}
BENCHMARK(BM_AppendOneDay)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(30);

}  // namespace
}  // namespace tidemark
