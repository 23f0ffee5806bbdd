#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <vector>

#include "testkit/real_candles.h"
#include "tidemark/base/random.h"
#include "tidemark/candle/gap_finder.h"
#include "tidemark/candle/rollup.h"
#include "tidemark/candle/suspects.h"

namespace tidemark {
namespace {

constexpr int64_t kMinute = kMicrosPerMinute;

CandleColumns RandomRows(uint64_t seed, size_t count) {
  Random random(seed);
  CandleColumns rows;
  EventTime time{StartOf({2019, 1, 30}).us};
  for (size_t i = 0; i < count; ++i) {
    Candle c{.open_time = time};
    c.open = 10 + random.Uniform();
    c.close = 10 + random.Uniform();
    c.high = std::max(c.open, c.close) + random.Uniform();
    c.low = std::min(c.open, c.close) - random.Uniform();
    c.volume = random.Bernoulli(0.2) ? kNull : random.Uniform() * 1e-3;
    rows.Append(c);
    const int64_t skip = random.Bernoulli(0.02) ? static_cast<int64_t>(random.Below(5000)) : 0;
    time = time + (1 + skip) * kMinute;
  }
  return rows;
}

struct Bucket {
  std::vector<size_t> rows;
};

Interval Of(const char* text) { return *Interval::Parse(text); }
Rollup MakeRollup(const char* target) { return *Rollup::Make(Interval(), Of(target)); }

bool Same(const RolledCandles& a, const RolledCandles& b) {
  const auto doubles = [](const std::vector<double>& x, const std::vector<double>& y) {
    return x.size() == y.size() &&
           std::equal(x.begin(), x.end(), y.begin(), [](double p, double q) {
             return std::bit_cast<uint64_t>(p) == std::bit_cast<uint64_t>(q);
           });
  };
  return a.open_time == b.open_time && a.close_time == b.close_time && a.rows == b.rows &&
         a.expected_rows == b.expected_rows && doubles(a.open, b.open) && doubles(a.high, b.high) &&
         doubles(a.low, b.low) && doubles(a.close, b.close) && doubles(a.volume, b.volume);
}

TEST(Rollup, TakesFirstHighestLowestLastAndSum) {
  CandleColumns rows;
  rows.Append({{58 * kMinute}, 10, 11, 10, 11, 2});
  rows.Append({{59 * kMinute}, 11, 12, 11, 12, kNull});
  rows.Append({{60 * kMinute}, 12, 12, 9, 9, kNull});
  Rollup rollup = MakeRollup("1h");
  RolledCandles out;
  rollup.Step(rows, 0, 3, &out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out.open_time[0], 0);
  EXPECT_EQ(out.close_time[0], 60 * kMinute);
  EXPECT_EQ(out.open[0], 10);
  EXPECT_EQ(out.high[0], 12);
  EXPECT_EQ(out.low[0], 10);
  EXPECT_EQ(out.close[0], 12);
  EXPECT_EQ(out.volume[0], 2);
  EXPECT_EQ(out.rows[0], 2);
  EXPECT_EQ(out.expected_rows[0], 60);
  rollup.AdvanceTo({120 * kMinute - 1}, &out);
  EXPECT_EQ(out.size(), 1u);
  rollup.AdvanceTo({120 * kMinute}, &out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_TRUE(std::isnan(out.volume[1]));
  EXPECT_TRUE(rollup.empty());
}

TEST(Rollup, MonthsAndWeeksAreCalendarUnits) {
  CandleColumns rows;
  rows.Append({StartOf({2019, 2, 3}), 1, 1, 1, 1, 1});  // a Sunday
  rows.Append({StartOf({2019, 2, 4}), 2, 2, 2, 2, 1});
  RolledCandles weeks;
  Rollup week = MakeRollup("1w");
  week.Step(rows, 0, 2, &weeks);
  ASSERT_EQ(weeks.size(), 1u);
  EXPECT_EQ(weeks.open_time[0], StartOf({2019, 1, 28}).us);
  EXPECT_EQ(weeks.expected_rows[0], 7 * 1440);
  RolledCandles months;
  Rollup month = MakeRollup("1mo");
  month.Step(rows, 0, 2, &months);
  month.AdvanceTo(StartOf({2019, 3, 1}), &months);
  ASSERT_EQ(months.size(), 1u);
  EXPECT_EQ(months.expected_rows[0], 28 * 1440);
  EXPECT_EQ(months.rows[0], 2);
}

TEST(Rollup, RefusesIntervalsThatDoNotNest) {
  EXPECT_EQ(Rollup::Make(Of("5m"), Of("1m")).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Rollup::Make(Of("1m"), Of("1m")).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Rollup::Make(Of("10m"), Of("15m")).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Rollup::Make(Of("1w"), Of("1mo")).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(Rollup::Make(Of("4h"), Of("1w")).has_value());
}

RC_GTEST_PROP(Rollup, EqualsGroupingTheRowsByBucket, ()) {
  const CandleColumns rows = RandomRows(*rc::gen::arbitrary<uint64_t>(), 2000);
  for (const char* name : {"5m", "15m", "1h", "4h", "1d", "1w", "1mo"}) {
    const Interval target = Of(name);
    std::map<int64_t, Bucket> buckets;
    for (size_t i = 0; i < rows.size(); ++i) {
      buckets[target.OpenOf({rows.open_time[i]}).us].rows.push_back(i);
    }
    Rollup rollup = MakeRollup(name);
    RolledCandles out;
    rollup.Step(rows, 0, rows.size(), &out);
    rollup.AdvanceTo(kMaxTime, &out);
    RC_ASSERT(out.size() == buckets.size());
    size_t k = 0;
    for (const auto& [open, bucket] : buckets) {
      double high = -1, low = 1e300;
      long double volume = 0;
      bool any = false;
      for (const size_t i : bucket.rows) {
        high = std::fmax(high, rows.high[i]);
        low = std::fmin(low, rows.low[i]);
        if (!std::isnan(rows.volume[i])) {
          volume += rows.volume[i];
          any = true;
        }
      }
      RC_ASSERT(out.open_time[k] == open);
      RC_ASSERT(out.open[k] == rows.open[bucket.rows.front()]);
      RC_ASSERT(out.close[k] == rows.close[bucket.rows.back()]);
      RC_ASSERT(out.high[k] == high);
      RC_ASSERT(out.low[k] == low);
      RC_ASSERT(out.rows[k] == static_cast<int64_t>(bucket.rows.size()));
      RC_ASSERT((any ? std::fabs(out.volume[k] - static_cast<double>(volume)) <= 1e-15
                     : std::isnan(out.volume[k])));
      ++k;
    }
  }
}

RC_GTEST_PROP(Rollup, IsTheSameInAnyCutWithSaveAndLoadBetween, ()) {
  const CandleColumns rows = RandomRows(*rc::gen::arbitrary<uint64_t>(), 500);
  Rollup whole = MakeRollup("15m");
  RolledCandles expected;
  whole.Step(rows, 0, rows.size(), &expected);
  Rollup cut = MakeRollup("15m");
  RolledCandles got;
  for (size_t at = 0; at < rows.size();) {
    const size_t next = std::min(rows.size(), at + static_cast<size_t>(*rc::gen::inRange(1, 90)));
    cut.Step(rows, at, next, &got);
    at = next;
    ByteWriter saved;
    cut.Save(saved);
    cut = MakeRollup("15m");
    ByteReader in(saved.bytes());
    RC_ASSERT(cut.Load(in).has_value() && in.done());
  }
  RC_ASSERT(Same(expected, got));
  ByteWriter a;
  ByteWriter b;
  whole.Save(a);
  cut.Save(b);
  RC_ASSERT(a.bytes() == b.bytes());
}

TEST(Rollup, DamagedStateIsCorrupt) {
  Rollup rollup = MakeRollup("15m");
  ByteReader in("\x01\x00\x00");
  EXPECT_EQ(rollup.Load(in).error().code(), ErrorCode::kCorrupt);
  EXPECT_TRUE(rollup.empty());
}

TEST(GapFinder, NamesTheHoleBetweenTwoRows) {
  CandleColumns rows;
  for (const int64_t minute : {0, 1, 5, 6}) rows.Append({{minute * kMinute}, 1, 1, 1, 1, 1});
  GapFinder finder{Interval()};
  std::vector<Gap> gaps;
  finder.Step(rows, 0, rows.size(), &gaps);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0], (Gap{{2 * kMinute}, {5 * kMinute}, 3, false}));
}

TEST(GapFinder, ALongHoleInADenseSeriesIsAnOutageAndInASparseOneIsNot) {
  CandleColumns dense;
  for (int64_t i = 0; i < 100; ++i) dense.Append({{i * kMinute}, 1, 1, 1, 1, 1});
  dense.Append({{160 * kMinute}, 1, 1, 1, 1, 1});
  CandleColumns sparse;
  for (int64_t i = 0; i < 100; ++i) sparse.Append({{i * 10 * kMinute}, 1, 1, 1, 1, 1});
  sparse.Append({{1491 * kMinute}, 1, 1, 1, 1, 1});
  std::vector<Gap> gaps;
  GapFinder(Interval()).Step(dense, 0, dense.size(), &gaps);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_TRUE(gaps[0].suspected_outage);  // 60 minutes, spacing 1
  gaps.clear();
  GapFinder(Interval()).Step(sparse, 0, sparse.size(), &gaps);
  EXPECT_FALSE(gaps.back().suspected_outage);  // 500 minutes, spacing 10: not more than 50 times
}

TEST(GapFinder, AMonthlySeriesCountsMonths) {
  CandleColumns rows;
  rows.Append({StartOf({2018, 11, 1}), 1, 1, 1, 1, 1});
  rows.Append({StartOf({2019, 3, 1}), 1, 1, 1, 1, 1});
  std::vector<Gap> gaps;
  GapFinder(Interval::Month()).Step(rows, 0, 2, &gaps);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].missing, 3);
}

RC_GTEST_PROP(GapFinder, IsTheSameInAnyCutWithSaveAndLoadBetween, ()) {
  const CandleColumns rows = RandomRows(*rc::gen::arbitrary<uint64_t>(), 5000);
  GapFinder whole{Interval()};
  std::vector<Gap> expected;
  whole.Step(rows, 0, rows.size(), &expected);
  GapFinder cut{Interval()};
  std::vector<Gap> got;
  for (size_t at = 0; at < rows.size();) {
    const size_t next = std::min(rows.size(), at + static_cast<size_t>(*rc::gen::inRange(1, 900)));
    cut.Step(rows, at, next, &got);
    at = next;
    ByteWriter saved;
    cut.Save(saved);
    cut.Reset();
    ByteReader in(saved.bytes());
    RC_ASSERT(cut.Load(in).has_value() && in.done());
  }
  RC_ASSERT(expected == got);
  ByteWriter a;
  ByteWriter b;
  whole.Save(a);
  cut.Save(b);
  RC_ASSERT(a.bytes() == b.bytes());
}

TEST(GapFinder, DamagedStateIsCorrupt) {
  GapFinder finder{Interval()};
  ByteWriter out;
  const int64_t backwards[] = {60, 0};
  out.PutSpan(std::span<const int64_t>(backwards));
  ByteReader in(out.bytes());
  EXPECT_EQ(finder.Load(in).error().code(), ErrorCode::kCorrupt);
}

TEST(Suspects, ASpikeIsAMoveThatTheNextRowUndoes) {
  const auto spikes = [](std::vector<double> closes) {
    CandleColumns rows;
    for (const double c : closes) {
      rows.Append({{static_cast<int64_t>(rows.size()) * kMinute}, c, c, c, c, 1});
    }
    return FindSpikes(rows);
  };
  EXPECT_EQ(spikes({100, 94, 99.5}), std::vector<size_t>{1});
  EXPECT_EQ(spikes({100, 94, 93}), std::vector<size_t>{});
  EXPECT_EQ(spikes({100, 96, 100}), std::vector<size_t>{});
  EXPECT_EQ(spikes({100, 106, 101.5}), std::vector<size_t>{1});
  EXPECT_EQ(spikes({100, 50}), std::vector<size_t>{});
}

struct Measured {
  const char* file;
  size_t rows;
  size_t gaps;
  int64_t missing;
  size_t outages;
  size_t spikes;
};

class RealSeries : public testing::TestWithParam<Measured> {};

TEST_P(RealSeries, HasTheMeasuredGapsOutagesAndSpikes) {
  const auto rows = LoadRealCandles(GetParam().file);
  if (!rows) GTEST_SKIP() << "no " << GetParam().file;
  std::vector<Gap> gaps;
  GapFinder(Interval()).Step(*rows, 0, rows->size(), &gaps);
  int64_t missing = 0;
  size_t outages = 0;
  for (const Gap& gap : gaps) {
    missing += gap.missing;
    outages += gap.suspected_outage ? 1 : 0;
  }
  EXPECT_EQ(rows->size(), GetParam().rows);
  EXPECT_EQ(gaps.size(), GetParam().gaps);
  EXPECT_EQ(missing, GetParam().missing);
  EXPECT_EQ(outages, GetParam().outages);
  EXPECT_EQ(FindSpikes(*rows).size(), GetParam().spikes);
}

INSTANTIATE_TEST_SUITE_P(Bitfinex, RealSeries,
                         testing::Values(Measured{"ltcusd.csv", 1486860, 308005, 1994137, 24, 514},
                                         Measured{"ethusd.json", 1464148, 130273, 540805, 16, 2}));

Bytes RollupState(int64_t rows, int64_t open_us, std::vector<double> prices, uint8_t has_volume) {
  ByteWriter out;
  out.Put(rows);
  out.Put(open_us);
  for (const double x : prices) out.Put(x);
  out.Put(has_volume);
  ExactSum().Save(out);
  return out.Take();
}

TEST(Rollup, StatesThatNoRowsCanHaveLeftAreRefused) {
  const int64_t hour = StartOf({2020, 1, 1}).us;
  const auto load = [](const Bytes& state) {
    Rollup rollup = MakeRollup("1h");
    ByteReader in(state);
    return rollup.Load(in).has_value();
  };
  EXPECT_TRUE(load(RollupState(3, hour, {2, 3, 1, 2}, 1)));
  EXPECT_FALSE(load(RollupState(61, hour, {2, 3, 1, 2}, 1))) << "more minutes than an hour has";
  EXPECT_FALSE(load(RollupState(-1, hour, {2, 3, 1, 2}, 1)));
  EXPECT_FALSE(load(RollupState(3, hour + 1, {2, 3, 1, 2}, 1))) << "not the start of an hour";
  EXPECT_FALSE(load(RollupState(3, INT64_MIN, {2, 3, 1, 2}, 1)));
  EXPECT_FALSE(load(RollupState(3, hour, {2, 1, 3, 2}, 1))) << "high below low";
  for (const size_t nan : {0, 1, 2, 3}) {
    std::vector<double> prices = {2, 3, 1, 2};
    prices[nan] = kNull;
    EXPECT_FALSE(load(RollupState(3, hour, prices, 1))) << nan;
  }
  EXPECT_FALSE(load(RollupState(3, hour, {2, 3, 1, 2}, 2)));
}

TEST(GapFinder, StatesOfTimesThatAreNoneAreRefused) {
  for (const int64_t time : {INT64_MIN, INT64_MAX, int64_t{-60'000'000}, int64_t{1}}) {
    ByteWriter out;
    out.PutSpan(std::span<const int64_t>(&time, 1));
    ByteReader in(out.bytes());
    GapFinder finder{Interval()};
    EXPECT_EQ(finder.Load(in).error().code(), ErrorCode::kCorrupt) << time;
  }
}

}  // namespace
}  // namespace tidemark
