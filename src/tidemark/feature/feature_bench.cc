// How long a candle takes: the default 20 features together, each alone, and one candle at a time
// as live operation does. The answer is checked by a digest over all values, which must not depend
// on the cut.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/random.h"
#include "tidemark/feature/feature_pack.h"

namespace tidemark {
namespace {

constexpr size_t kRows = 200'000;

const CandleColumns& Rows() {
  static const CandleColumns rows = [] {
    Random random(1);
    CandleColumns path;
    double close = 50;
    int64_t minute = 26'000'000;
    for (size_t i = 0; i < kRows; ++i) {
      const double open = close;
      if (random.Bernoulli(0.8)) close *= 1 + 0.001 * random.Normal();
      path.Append({{minute * kMicrosPerMinute},
                   open,
                   std::max(open, close) * (1 + 3e-4 * random.Uniform()),
                   std::min(open, close) * (1 - 3e-4 * random.Uniform()),
                   close,
                   100 * random.Uniform()});
      minute += random.Bernoulli(0.2) ? 1 + static_cast<int64_t>(random.Below(10)) : 1;
    }
    return path;
  }();
  return rows;
}

// The digest of all values. `out` is room for them, so that no time goes into getting it from the
// system.
std::string Fold(const std::vector<std::string>& specs, size_t step,
                 std::vector<std::vector<double>>& out) {
  const CandleColumns& rows = Rows();
  auto pack = FeaturePack::Make(specs, Interval());
  CHECK(pack.has_value());
  out.resize(specs.size());
  for (auto& column : out) column.clear();
  for (size_t at = 0; at < kRows; at += step) {
    pack->Step(rows, at, std::min(kRows, at + step), &out);
  }
  ContentHash hash;
  for (const auto& column : out) {
    hash.Update({reinterpret_cast<const char*>(column.data()), column.size() * sizeof(double)});
  }
  return hash.Hex();
}

void RunFold(benchmark::State& state, const std::vector<std::string>& specs, size_t step) {
  std::vector<std::vector<double>> out;
  static const std::string expected = Fold(FeaturePack::DefaultSpecs(), kRows, out);
  Fold(specs, step, out);
  for (auto _ : state) {
    const std::string digest = Fold(specs, step, out);
    CHECK(specs.size() != 20 || digest == expected);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
}

void DefaultFeatures(benchmark::State& state) {
  RunFold(state, FeaturePack::DefaultSpecs(), static_cast<size_t>(state.range(0)));
}
BENCHMARK(DefaultFeatures)->Arg(1)->Arg(60)->Arg(1440)->Arg(kRows)->Unit(benchmark::kMillisecond);

void OneFeature(benchmark::State& state) {
  const std::string spec = FeaturePack::DefaultSpecs()[static_cast<size_t>(state.range(0))];
  state.SetLabel(spec);
  RunFold(state, {spec}, kRows);
}
BENCHMARK(OneFeature)->DenseRange(0, 19)->Unit(benchmark::kMillisecond);

// The step alone: without the digest over what came out, and the column for it.
void MovingAverage(benchmark::State& state) {
  static const char* const kSpecs[] = {"sma_30", "sma_240", "sma_1440", "ema_12"};
  const std::string spec = kSpecs[state.range(0)];
  std::vector<std::vector<double>> out(1);
  out[0].reserve(kRows);
  auto pack = FeaturePack::Make({spec}, Interval());
  CHECK(pack.has_value());
  for (auto _ : state) {
    pack->Reset();
    out[0].clear();
    pack->Step(Rows(), 0, kRows, &out);
    benchmark::DoNotOptimize(out[0].data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
  state.SetLabel(spec);
}
BENCHMARK(MovingAverage)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

void SaveState(benchmark::State& state) {
  auto pack = FeaturePack::Make(FeaturePack::DefaultSpecs(), Interval());
  std::vector<std::vector<double>> out(20);
  pack->Step(Rows(), 0, 3000, &out);
  for (auto _ : state) {
    ByteWriter bytes;
    pack->Save(bytes);
    benchmark::DoNotOptimize(bytes.bytes().data());
    state.counters["bytes"] = static_cast<double>(bytes.bytes().size());
  }
}
BENCHMARK(SaveState)->Unit(benchmark::kMicrosecond);

void LoadState(benchmark::State& state) {
  auto pack = FeaturePack::Make(FeaturePack::DefaultSpecs(), Interval());
  std::vector<std::vector<double>> out(20);
  pack->Step(Rows(), 0, 3000, &out);
  ByteWriter bytes;
  pack->Save(bytes);
  for (auto _ : state) {
    ByteReader in(bytes.bytes());
    CHECK(pack->Load(in).has_value());
  }
}
BENCHMARK(LoadState)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tidemark
