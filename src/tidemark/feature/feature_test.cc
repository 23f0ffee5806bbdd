#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "testkit/real_candles.h"
#include "tidemark/base/file.h"
#include "tidemark/base/math.h"
#include "tidemark/base/random.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/feature/sliding_extreme.h"

namespace tidemark {
namespace {

using Columns = std::vector<std::vector<double>>;

constexpr int64_t kMinute = kMicrosPerMinute;

// Every feature with parameters small enough for short series, row and time windows, plain and
// relative.
std::vector<std::string> AllSpecs() {
  std::vector<std::string> specs;
  for (const FeatureInfo& info : Catalogue()) {
    std::vector<int64_t> values;
    for (const FeatureParameter& p : info.parameters) values.push_back(p.default_value);
    if (info.name.starts_with("macd")) values = {3, 7, 4};
    if (info.name == "adx") values = {5};
    std::vector<std::string> heads = {values.empty() ? "" : "_" + std::to_string(values[0])};
    if (info.time_window) heads.push_back("_20m");
    for (const std::string& head : heads) {
      std::string spec = info.name + head;
      for (size_t i = 1; i < values.size(); ++i) spec += "_" + std::to_string(values[i]);
      specs.push_back(spec);
      if (info.relative != Relative::kNone) specs.push_back(spec + "_rel");
    }
  }
  return specs;
}

// A path with gaps, flat stretches, zero, dust and missing volumes.
CandleColumns RandomRows(uint64_t seed, size_t count) {
  Random random(seed);
  CandleColumns rows;
  EventTime time = StartOf({2019, 3, 1});
  double close = 100 * random.Uniform() + 1;
  bool flat = false;
  for (size_t i = 0; i < count; ++i) {
    if (random.Bernoulli(0.02)) flat = !flat;
    Candle c{.open_time = time};
    c.open = close;
    if (!flat) close = std::round(close * (1 + 0.002 * random.Normal()) * 1e4) / 1e4;
    c.close = close;
    c.high = std::max(c.open, close) * (flat ? 1 : 1 + 1e-3 * random.Uniform());
    c.low = std::min(c.open, close) * (flat ? 1 : 1 - 1e-3 * random.Uniform());
    const uint64_t kind = random.Below(100);
    c.volume = kind == 0 ? kNull : kind < 5 ? 0 : kind < 10 ? 1e-9 : 1000 * random.Uniform();
    rows.Append(c);
    const int64_t skip = random.Bernoulli(0.05) ? static_cast<int64_t>(random.Below(60)) : 0;
    time = time + (1 + skip) * kMinute;
  }
  return rows;
}

FeaturePack MakePack(const std::vector<std::string>& specs) {
  auto pack = FeaturePack::Make(specs, Interval());
  EXPECT_TRUE(pack.has_value()) << (pack ? "" : pack.error().message());
  return std::move(*pack);
}

Columns Fold(FeaturePack& pack, const CandleColumns& rows, size_t begin, size_t end) {
  Columns out(pack.names().size());
  pack.Step(rows, begin, end, &out);
  return out;
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}
bool SameBits(const Columns& a, const Columns& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](double p, double q) { return SameBits(p, q); });
  });
}

Bytes StateOf(const FeaturePack& pack) {
  ByteWriter out;
  pack.Save(out);
  return out.Take();
}

RC_GTEST_PROP(FeaturePack, IsTheSameInAnyCutWithSaveAndLoadBetween, ()) {
  const auto count = static_cast<size_t>(*rc::gen::inRange(1, 900));
  const auto step_max = *rc::gen::element(2, 10, 200);
  const CandleColumns rows = RandomRows(*rc::gen::arbitrary<uint64_t>(), count);
  const std::vector<std::string> specs = AllSpecs();
  FeaturePack whole = MakePack(specs);
  const Columns expected = Fold(whole, rows, 0, count);
  FeaturePack cut = MakePack(specs);
  Columns got(specs.size());
  for (size_t at = 0; at < count;) {
    const size_t next = std::min(count, at + static_cast<size_t>(*rc::gen::inRange(1, step_max)));
    cut.Step(rows, at, next, &got);
    at = next;
    if (!*rc::gen::weightedElement<bool>({{3, false}, {1, true}})) continue;
    const Bytes state = StateOf(cut);
    FeaturePack fresh = MakePack(specs);
    ByteReader in(state);
    RC_ASSERT(fresh.Load(in).has_value() && in.done());
    RC_ASSERT(StateOf(fresh) == state);
    cut = std::move(fresh);
  }
  RC_ASSERT(SameBits(expected, got));
  RC_ASSERT(StateOf(whole) == StateOf(cut));
}

RC_GTEST_PROP(FeaturePack, NoValueDependsOnALaterRow, ()) {
  const CandleColumns rows = RandomRows(*rc::gen::arbitrary<uint64_t>(), 400);
  const std::vector<std::string> specs = AllSpecs();
  FeaturePack whole = MakePack(specs);
  const Columns expected = Fold(whole, rows, 0, rows.size());
  for (const size_t at : {0, 1, 13, 29, 150, 399}) {
    CandleColumns until_then;
    until_then.Append(rows, 0, at + 1);
    FeaturePack pack = MakePack(specs);
    const Columns cut = Fold(pack, until_then, 0, at + 1);
    for (size_t f = 0; f < specs.size(); ++f) RC_ASSERT(SameBits(cut[f][at], expected[f][at]));
  }
}

RC_GTEST_PROP(FeaturePack, WindowsForgetARowOnceItHasLeft, ()) {
  const std::vector<std::string> specs = {
      "sma_30", "wma_30",    "vwma_30",     "cci_20",        "mfi_14",        "stddev_20",
      "obv_30", "amihud_30", "parkinson_7", "stoch_d_9_3_3", "garman_klass_8"};
  CandleColumns rows = RandomRows(*rc::gen::arbitrary<uint64_t>(), 200);
  FeaturePack before = MakePack(specs);
  const Columns a = Fold(before, rows, 0, rows.size());
  const size_t changed = 100;
  rows.close[changed] *= 1.05;
  rows.high[changed] *= 1.06;
  rows.volume[changed] = 1e9 / 3;
  FeaturePack after = MakePack(specs);
  const Columns b = Fold(after, rows, 0, rows.size());
  for (size_t f = 0; f < specs.size(); ++f) {
    for (size_t i = 0; i < rows.size(); ++i) {
      const bool reached = i >= changed && i <= changed + 30;
      RC_ASSERT(reached || SameBits(a[f][i], b[f][i]));
    }
  }
  RC_ASSERT(StateOf(before) == StateOf(after));
}

// Rows after a change until the states of the two histories are equal bytes; SIZE_MAX if never.
size_t RowsUntilStatesMeet(const std::vector<std::string>& specs, const CandleColumns& rows,
                           size_t changed, double factor) {
  CandleColumns wrong = rows;
  wrong.close[changed] *= factor;
  wrong.high[changed] = std::max(wrong.high[changed], wrong.close[changed]);
  wrong.low[changed] = std::min(wrong.low[changed], wrong.close[changed]);
  FeaturePack a = MakePack(specs);
  FeaturePack b = MakePack(specs);
  Fold(a, rows, 0, changed + 1);
  Fold(b, wrong, 0, changed + 1);
  for (size_t i = changed + 1; i < rows.size(); ++i) {
    if (StateOf(a) == StateOf(b)) return i - 1 - changed;
    Fold(a, rows, i, i + 1);
    Fold(b, wrong, i, i + 1);
  }
  return SIZE_MAX;
}

CandleColumns Moving(uint64_t seed, size_t count) {
  Random random(seed);
  CandleColumns rows;
  double close = 50;
  for (size_t i = 0; i < count; ++i) {
    const double open = close;
    close *= 1 + 0.001 * random.Normal();
    rows.Append({{static_cast<int64_t>(i) * kMinute},
                 open,
                 std::max(open, close) * 1.0003,
                 std::min(open, close) * 0.9996,
                 close,
                 random.Uniform()});
  }
  return rows;
}

TEST(FeaturePack, StatesMeetAgainBitForBitAfterAChange) {
  const CandleColumns rows = Moving(11, 4000);
  const auto meet = [&](const char* spec) { return RowsUntilStatesMeet({spec}, rows, 2000, 1.05); };
  for (const auto& [spec, bound] :
       std::vector<std::pair<const char*, size_t>>{{"sma_30", 30},
                                                   {"realized_volatility_30", 31},
                                                   {"sma_30m", 31},
                                                   {"ema_12", 12 * 30},
                                                   {"macd_hist_12_26_9", 26 * 30},
                                                   {"rsi_14", 14 * 60},
                                                   {"natr_14", 14 * 60},
                                                   {"adx_14", 14 * 60},
                                                   {"minute_of_day_sin", 0}}) {
    const size_t rows_until = meet(spec);
    std::printf("  %s: states meet after %zu rows\n", spec, rows_until);
    EXPECT_LE(rows_until, bound) << spec;
  }
}

TEST(FeaturePack, TheDefaultStateForgetsWithItsLongestWindow) {
  const CandleColumns rows = Moving(12, 4500);
  EXPECT_LE(RowsUntilStatesMeet(FeaturePack::DefaultSpecs(), rows, 2500, 0.95), 1440u);
}

TEST(FeaturePack, RecursiveStatesMeetAgainInARealSeries) {
  const auto real = LoadRealCandles("ltcusd.csv");
  if (!real) GTEST_SKIP() << "no ltcusd.csv";
  const std::vector<std::string> specs = {"ema_12", "macd_hist_12_26_9", "rsi_14", "natr_14",
                                          "adx_14"};
  size_t most = 0;
  for (const size_t at : {50'000, 300'000, 700'000, 1'000'000, 1'400'000}) {
    CandleColumns part;  // what came long before is forgotten: that is the claim
    part.Append(*real, at - 3000, at + 5000);
    const size_t rows_until = RowsUntilStatesMeet(specs, part, 3000, 1.05);
    std::printf("  row %zu: states meet after %zu rows\n", at, rows_until);
    most = std::max(most, rows_until);
  }
  EXPECT_LE(most, 1440u);
}

TEST(FeaturePack, TheDefaultSetIsWarmFromRow1439) {
  const CandleColumns rows = Moving(13, 1500);
  FeaturePack pack = MakePack(FeaturePack::DefaultSpecs());
  EXPECT_EQ(pack.names().size(), 20u);
  EXPECT_EQ(pack.warmup_rows(), 1439);
  const Columns out = Fold(pack, rows, 0, rows.size());
  int nulls = 0;
  for (const auto& column : out) nulls += std::isnan(column[1438]) ? 1 : 0;
  EXPECT_EQ(nulls, 1);
  for (const auto& column : out) {
    for (size_t i = 1439; i < column.size(); ++i) EXPECT_FALSE(std::isnan(column[i]));
  }
}

TEST(FeaturePack, FirstValuesComeWhenStated) {
  const CandleColumns rows = Moving(14, 400);
  for (const std::string& spec : AllSpecs()) {
    FeaturePack pack = MakePack({spec});
    const Columns out = Fold(pack, rows, 0, rows.size());
    const auto nulls =
        std::count_if(out[0].begin(), out[0].end(), [](double x) { return std::isnan(x); });
    EXPECT_EQ(nulls, pack.warmup_rows()) << spec;
    EXPECT_FALSE(std::isnan(out[0].back())) << spec;
    if (nulls > 0) {
      EXPECT_TRUE(std::isnan(out[0][static_cast<size_t>(nulls - 1)])) << spec;
    }
  }
}

TEST(FeaturePack, TimeWindowsEqualRowWindowsInASeriesWithoutGaps) {
  const CandleColumns rows = Moving(15, 300);
  const std::vector<std::string> by_rows = {
      "sma_30",           "log_return_30", "realized_volatility_30",
      "volume_zscore_30", "obv_30",        "bbands_upper_30_2"};
  const std::vector<std::string> by_time = {
      "sma_30m",           "log_return_30m", "realized_volatility_30m",
      "volume_zscore_30m", "obv_30m",        "bbands_upper_30m_2"};
  FeaturePack a = MakePack(by_rows);
  FeaturePack b = MakePack(by_time);
  EXPECT_TRUE(SameBits(Fold(a, rows, 0, rows.size()), Fold(b, rows, 0, rows.size())));
}

TEST(FeaturePack, FlatWindowsGiveZero) {
  CandleColumns rows;
  for (int64_t i = 0; i < 100; ++i) rows.Append({{i * kMinute}, 3.3, 3.3, 3.3, 3.3, 2});
  FeaturePack pack =
      MakePack({"rsi_14", "adx_14", "cci_20", "mfi_14", "stoch_k_14_3_3", "stoch_d_14_3_3",
                "bbands_pctb_20_2", "volume_zscore_60", "stddev_20", "obv_30"});
  const Columns out = Fold(pack, rows, 0, rows.size());
  for (const auto& column : out) EXPECT_EQ(column.back(), 0);
}

TEST(FeaturePack, DecimalTiesOfTheTypicalPriceAreTies) {
  CandleColumns rows;  // h + l + c is 9.9 in decimal in both rows, and differs in the last bit
  rows.Append({{0}, 3.3, 3.4, 3.2, 3.3, 1});
  rows.Append({{kMinute}, 3.1, 3.7, 3.1, 3.1, 1});
  ASSERT_NE((rows.high[0] + rows.low[0] + rows.close[0]) / 3,
            (rows.high[1] + rows.low[1] + rows.close[1]) / 3);
  rows.Append({{2 * kMinute}, 3.3, 3.4, 3.2, 3.3, 1});
  FeaturePack pack = MakePack({"mfi_2", "cci_3"});
  const Columns out = Fold(pack, rows, 0, 3);
  EXPECT_EQ(out[0][2], 0);
  EXPECT_EQ(out[1][2], 0);
}

TEST(FeaturePack, MissingVolumeMakesVolumeFeaturesNullAndNoOthers) {
  CandleColumns rows = Moving(16, 60);
  rows.volume[30] = kNull;
  FeaturePack pack = MakePack({"obv_5", "mfi_5", "vwma_5", "amihud_5", "volume_zscore_5", "sma_5"});
  const Columns out = Fold(pack, rows, 0, rows.size());
  for (size_t f = 0; f < out.size(); ++f) {
    for (size_t i = 10; i < rows.size(); ++i) {
      EXPECT_EQ(std::isnan(out[f][i]), f < 5 && i >= 30 && i < 35) << f << " " << i;
    }
  }
}

TEST(FeaturePack, TheWorkedExamplesHold) {
  CandleColumns rows;
  for (const double c : {10.0, 11.0, 13.0, 12.0}) {
    rows.Append({{static_cast<int64_t>(rows.size()) * kMinute}, c, c + 1, c - 1, c, 1});
  }
  const std::vector<std::pair<std::string, std::vector<double>>> examples = {
      {"sma_2", {10.5, 12, 12.5}},
      {"wma_2", {32.0 / 3, 37.0 / 3, 37.0 / 3}},
      {"ema_2", {10.5, 10.5 + 2.5 * 2 / 3, 12.0555555555555556}},
      {"rsi_2", {kNull, 100, 60}},
      {"mfi_2", {kNull, 100, 52}},
      {"stoch_k_2_1_1", {200.0 / 3, 75, 100.0 / 3}},
      {"stddev_2", {0.5, 1, 0.5}},
      {"bbands_upper_2_2", {11.5, 14, 13.5}},
      {"bbands_pctb_2_2", {0.25, 0.25, -0.25}},
      {"macd_1_2_1", {0.5, 13 - 12.1666666666666667, 12 - 12.0555555555555556}},
  };
  for (const auto& [spec, values] : examples) {
    FeaturePack pack = MakePack({spec});
    const Columns out = Fold(pack, rows, 0, 4);
    for (size_t i = 0; i < 3; ++i) {
      if (std::isnan(values[i])) {
        EXPECT_TRUE(std::isnan(out[0][i + 1])) << spec;
      } else {
        EXPECT_NEAR(out[0][i + 1], values[i], 1e-14) << spec << " row " << i + 1;
      }
    }
  }
}

TEST(FeaturePack, HoldsTheLargestAndSmallestValuesAllowed) {
  CandleColumns rows;
  const double largest = std::nextafter(std::ldexp(1.0, 44), 0.0);
  for (int64_t i = 0; i < 200; ++i) {
    const double c = i % 3 == 0 ? largest : i % 3 == 1 ? 1e-12 : 1.0;
    rows.Append({{i * kMinute}, c, largest, 1e-12, c, i % 2 == 0 ? largest : 5e-324});
  }
  FeaturePack pack = MakePack(AllSpecs());
  const Columns out = Fold(pack, rows, 0, rows.size());
  for (const auto& column : out) EXPECT_TRUE(std::isfinite(column.back()));
}

TEST(FeaturePack, SpecHashTellsSpecsAndIntervalsApart) {
  const std::string hash = MakePack({"sma_30"}).SpecHash();
  EXPECT_EQ(hash, MakePack({"sma_30"}).SpecHash());
  EXPECT_NE(hash, MakePack({"sma_31"}).SpecHash());
  EXPECT_NE(hash, FeaturePack::Make({"sma_30"}, *Interval::Parse("1h"))->SpecHash());
}

TEST(FeaturePack, DamagedStateIsCorruptAndLeavesAnEmptyPack) {
  const CandleColumns rows = RandomRows(3, 700);
  FeaturePack pack = MakePack(AllSpecs());
  const Bytes empty = StateOf(pack);
  Fold(pack, rows, 0, rows.size());
  const Bytes state = StateOf(pack);
  for (size_t cut = 0; cut < state.size(); cut += 97) {
    ByteReader in(std::string_view(state).substr(0, cut));
    const Status status = pack.Load(in);
    ASSERT_FALSE(status.has_value()) << cut;
    EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
    EXPECT_EQ(StateOf(pack), empty);
  }
  Random random(5);
  for (int i = 0; i < 300; ++i) {  // any flipped byte: refused or a state, never a crash
    Bytes flipped = state;
    flipped[random.Below(flipped.size())] ^= static_cast<char>(1 + random.Below(255));
    ByteReader in(flipped);
    if (pack.Load(in).has_value()) Fold(pack, rows, 699, 700);
  }
}

TEST(Catalogue, RefusalsNameTheSpecAndWhatWouldBeRight) {
  const auto message = [](const char* spec) {
    const auto pack = FeaturePack::Make({spec}, Interval());
    EXPECT_FALSE(pack.has_value()) << spec;
    if (pack) return std::string();
    EXPECT_EQ(pack.error().code(), ErrorCode::kInvalidArgument);
    return pack.error().message();
  };
  const auto says = [&](const char* spec, const char* what) {
    EXPECT_NE(message(spec).find(what), std::string::npos) << spec << ": " << message(spec);
  };
  says("smaa_30", "sma_30");
  says("sma", "sma_{n}");
  says("sma_30_2", "sma_{n}");
  says("sma_0", "2 to 100000");
  says("sma_030", "'030'");
  says("ema_30m", "cannot be a duration");
  says("sma_30s", "one interval");
  says("macd_26_12_9", "shorter");
  says("log_return_5_rel", "log_return_5");
  says("vwap_30", "vwma_30");
  says("", "closest");
  EXPECT_FALSE(FeaturePack::Make({"sma_30", "sma_30"}, Interval()).has_value());
}

TEST(Catalogue, ExamplesParseAndNamesAreUnique) {
  std::vector<std::string> names;
  for (const FeatureInfo& info : Catalogue()) {
    names.push_back(info.name);
    EXPECT_TRUE(ParseFeature(info.Example(), Interval()).has_value()) << info.Example();
    EXPECT_FALSE(info.formula.empty() || info.unit.empty() || info.warmup.empty()) << info.name;
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(Catalogue, TheReferencePageIsCurrent) {
  const auto page = ReadFile("docs/reference/features.md");
  ASSERT_TRUE(page.has_value());
  EXPECT_TRUE(*page == FeatureReference())
      << "renew it: feature_dump --reference > docs/reference/features.md";
}

RC_GTEST_PROP(SlidingMax, IsTheLargestOfTheLastValues, ()) {
  const auto n = static_cast<size_t>(*rc::gen::inRange(1, 20));
  const auto values = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-9, 9));
  SlidingMax sliding;
  sliding.Reset(n);
  for (size_t i = 0; i < values.size(); ++i) {
    sliding.Push(values[i]);
    const size_t begin = i + 1 > n ? i + 1 - n : 0;
    RC_ASSERT(sliding.Max() == *std::max_element(values.begin() + static_cast<ptrdiff_t>(begin),
                                                 values.begin() + static_cast<ptrdiff_t>(i) + 1));
  }
}

TEST(FeaturePack, AStateWhoseTimesAreNoneIsRefused) {
  FeaturePack pack = FeaturePack::Make({"sma_30m", "ema_5"}, Interval()).value();
  ByteWriter out;
  pack.Save(out);
  for (const int64_t open : {INT64_MIN, INT64_MAX}) {
    Bytes state = out.bytes();
    std::memcpy(state.data() + 1, &open, sizeof(open));
    ByteReader in(state);
    EXPECT_EQ(pack.Load(in).error().code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace tidemark
