#include "tidemark/candle/candle_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <tuple>

#include "tidemark/base/random.h"
#include "tidemark/candle/rollup.h"
#include "tidemark/candle/trade_bars.h"

namespace tidemark {
namespace {

constexpr int64_t kMinute = kMicrosPerMinute;

struct Row {
  int64_t time = 0, sequence = kNullInt;
  std::string id;
  double price = 10, size = 1;
  Side side = Side::kUnknown;
  bool cancelled = false;

  // As MergeTrades keeps it.
  auto Order() const {
    const auto number = IdNumber(id);
    return std::tuple(time, sequence != kNullInt ? sequence : number.value_or(kNullInt),
                      number.value_or(kNullInt), number ? std::string() : id);
  }
  auto Key() const { return std::tuple(time, id, id.empty() ? sequence : 0); }
  auto Values() const { return std::tuple(std::get<1>(Order()), price, size, side, cancelled); }
  void To(TradeColumns* out) const {
    out->Append(Trade{.time = {time},
                      .sequence = sequence,
                      .id = id,
                      .price = price,
                      .size = size,
                      .side = side,
                      .cancelled = cancelled});
  }
};

TradeColumns Columns(const std::vector<Row>& rows) {
  TradeColumns columns;
  for (const Row& row : rows) row.To(&columns);
  return columns;
}

// What is known of every trade, and from scratch every candle of it: slow, and nothing is shared
// with the stream but the folds that the lake uses.
class Oracle {
 public:
  using Key = std::tuple<int64_t, int64_t>;  // nominal length, open time
  using Table = std::map<Key, StreamCandle>;

  enum class Took { kNew, kRevised, kRepeated };
  Took Take(const Row& row) {
    std::vector<Row>& versions = trades_[row.Key()];
    for (const Row& version : versions) {
      if (version.Values() == row.Values()) return Took::kRepeated;
    }
    versions.push_back(row);
    return versions.size() == 1 ? Took::kNew : Took::kRevised;
  }

  Table Closed(const CandleStreamOptions& options, EventTime watermark) const {
    std::vector<Row> rows;
    for (const auto& [key, versions] : trades_) rows.push_back(versions.back());
    std::sort(rows.begin(), rows.end(),
              [](const Row& a, const Row& b) { return a.Order() < b.Order(); });
    TradeBars bars;
    TradeBarFold fold{BarRule()};
    fold.Step(Columns(rows), 0, rows.size(), &bars);
    fold.AdvanceTo(kMaxTime, &bars);
    size_t closed = 0;
    while (closed < bars.size() && bars.close_time[closed] <= watermark.us) ++closed;
    Table table;
    for (const Interval& interval : options.intervals) {
      if (interval == Interval()) {
        for (size_t i = 0; i < closed; ++i) AddMinute(bars, i, &table);
      } else {
        AddRolled(options, bars, closed, interval, watermark, &table);
      }
    }
    return table;
  }

 private:
  static void AddMinute(const TradeBars& bars, size_t i, Table* table) {
    const Candle c = bars.candles.At(i);
    (*table)[{kMinute, c.open_time.us}] = {
        .interval = {},
        .open_time = c.open_time,
        .close_time = {bars.close_time[i]},
        .values = {c.open, c.high, c.low, c.close, c.volume, bars.vwap[i], bars.buy_volume[i],
                   bars.sell_volume[i], bars.trades[i]}};
  }
  static void AddRolled(const CandleStreamOptions& options, const TradeBars& bars, size_t closed,
                        const Interval& interval, EventTime watermark, Table* table) {
    Rollup rollup = *Rollup::Make(Interval(), interval);
    RolledCandles rolled;
    rollup.Step(bars.candles, 0, closed, &rolled);
    rollup.AdvanceTo(watermark, &rolled);
    for (size_t i = 0; i < rolled.size(); ++i) {
      if (rolled.open_time[i] < options.start.us) continue;
      StreamCandle c{.interval = interval,
                     .open_time = {rolled.open_time[i]},
                     .close_time = {rolled.close_time[i]},
                     .values = {rolled.open[i], rolled.high[i], rolled.low[i], rolled.close[i],
                                rolled.volume[i]},
                     .rows = rolled.rows[i],
                     .expected_rows = rolled.expected_rows[i]};
      ExactProductSum money;
      ExactSum volume, buy, sell;
      for (size_t m = 0; m < closed; ++m) {
        if (interval.OpenOf({bars.candles.open_time[m]}) != c.open_time) continue;
        money.Add(bars.vwap[m], bars.candles.volume[m]);
        volume.Add(bars.candles.volume[m]);
        buy.Add(bars.buy_volume[m]);
        sell.Add(bars.sell_volume[m]);
        c.values.trades += bars.trades[m];
      }
      c.values.vwap = volume.ToDouble() > 0 ? money.ToDouble() / volume.ToDouble() : kNull;
      c.values.buy_volume = buy.ToDouble();
      c.values.sell_volume = sell.ToDouble();
      (*table)[{interval.nominal_micros(), c.open_time.us}] = c;
    }
  }

  std::map<std::tuple<int64_t, std::string, int64_t>, std::vector<Row>> trades_;
};

auto BitsOf(const StreamCandle& c) {
  const CandleValues& v = c.values;
  const auto bits = [](double x) { return std::bit_cast<uint64_t>(x); };
  return std::tuple(c.open_time, c.close_time, bits(v.open), bits(v.high), bits(v.low),
                    bits(v.close), bits(v.volume), bits(v.vwap), bits(v.buy_volume),
                    bits(v.sell_volume), v.trades, c.rows, c.expected_rows);
}

void ExpectSame(const Oracle::Table& got, const Oracle::Table& want) {
  ASSERT_EQ(got.size(), want.size());
  for (auto g = got.begin(), w = want.begin(); g != got.end(); ++g, ++w) {
    ASSERT_EQ(g->first, w->first);
    ASSERT_EQ(BitsOf(g->second), BitsOf(w->second))
        << w->second.interval.ToString() << ' ' << FormatTime(w->second.open_time);
  }
}

// Trades in the order of their times, as one venue tells them: numbers, texts, or no ids at all.
std::vector<Row> RandomTrades(Random& random, size_t count, int64_t start) {
  std::vector<Row> rows;
  const size_t ids = random.Below(4);
  int64_t time = start + static_cast<int64_t>(random.Below(10 * kMinute));
  for (size_t i = 0; i < count; ++i) {
    Row row{.time = time,
            .id = {},
            .price = 100 + static_cast<double>(random.Below(200)) / 8,
            .size = random.Bernoulli(0.05) ? 0 : std::ldexp(random.Uniform() + 0.1, -10),
            .side = static_cast<Side>(random.Below(3)),
            .cancelled = random.Bernoulli(0.03)};
    const bool number = ids == 0 || (ids == 1 && random.Bernoulli(0.7));
    if (number) row.id = std::to_string(random.Bernoulli(0.1) ? 900'000 - i : 1000 + i);
    if (!number && ids != 3) row.id = "t" + std::to_string(random.Next() % 1'000'000'007);
    if (ids == 3 || random.Bernoulli(0.3)) row.sequence = static_cast<int64_t>(i);
    rows.push_back(row);
    if (random.Bernoulli(0.6)) time += static_cast<int64_t>(random.Below(kMinute / 3));
    if (random.Bernoulli(0.01)) time += static_cast<int64_t>(random.Below(100 * kMinute));
  }
  return rows;
}

// The same as they come: late, twice, corrected.
std::vector<Row> Disordered(Random& random, const std::vector<Row>& trades) {
  std::vector<std::pair<size_t, Row>> come;
  for (size_t i = 0; i < trades.size(); ++i) {
    const auto delay = [&] {
      const size_t kind = random.Below(100);
      return kind < 80 ? size_t{0} : random.Below(kind < 95 ? 20 : kind < 99 ? 200 : 3000);
    };
    come.emplace_back(i + delay(), trades[i]);
    while (random.Bernoulli(0.05)) come.emplace_back(i + delay(), trades[i]);
    if (random.Bernoulli(0.03)) {
      Row other = trades[i];
      if (random.Bernoulli(0.5)) other.cancelled = !other.cancelled;
      if (random.Bernoulli(0.5)) other.price += 1;
      come.emplace_back(i + delay(), other);
      if (random.Bernoulli(0.3)) come.emplace_back(i + delay(), trades[i]);
    }
  }
  std::stable_sort(come.begin(), come.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Row> rows;
  for (auto& [at, row] : come) rows.push_back(std::move(row));
  return rows;
}

Bytes Saved(const CandleStream& stream) {
  ByteWriter out;
  stream.Save(out);
  return out.Take();
}

// A stream beside its oracle.
class Pair {
 public:
  Pair(CandleStreamOptions options) : options_(options), stream_(options) {}

  void Take(const std::vector<Row>& rows) {
    std::vector<size_t> too_old, expected;
    CandleStream::Taken want;
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t minute = Interval().OpenOf({rows[i].time}).us;
      if (minute < std::max(options_.start.us, closed_ - options_.retention_us)) {
        expected.push_back(i);
        ++want.too_old;
        continue;
      }
      accepted_.push_back(rows[i]);
      const Oracle::Took took = oracle_.Take(rows[i]);
      want.added += took == Oracle::Took::kNew ? 1 : 0;
      want.revised += took == Oracle::Took::kRevised ? 1 : 0;
      want.repeated += took == Oracle::Took::kRepeated ? 1 : 0;
      want.late += took != Oracle::Took::kRepeated && minute < closed_ ? 1 : 0;
    }
    const CandleStream::Taken taken = stream_.Take(Columns(rows), 0, rows.size(), &too_old);
    EXPECT_EQ(too_old, expected);
    EXPECT_EQ(taken.added, want.added);
    EXPECT_EQ(taken.revised, want.revised);
    EXPECT_EQ(taken.repeated, want.repeated);
    EXPECT_EQ(taken.too_old, want.too_old);
    EXPECT_EQ(taken.late, want.late);
  }

  void AdvanceTo(EventTime watermark) {
    std::vector<StreamCandle> out;
    stream_.AdvanceTo(watermark, &out);
    const int64_t before = closed_;
    closed_ = std::max(closed_, Interval().OpenOf(watermark).us);
    EXPECT_EQ(stream_.closed_until().us, closed_);
    for (size_t i = 0; i < out.size(); ++i) {
      const StreamCandle& c = out[i];
      EXPECT_EQ(c.late, c.close_time.us <= before);
      EXPECT_LE(c.close_time.us, closed_);
      const auto place = [&](size_t k) {
        return std::tuple(out[k].close_time, out[k].interval.nominal_micros());
      };
      if (i > 0) {
        EXPECT_LT(place(i - 1), place(i));
      }
      const Oracle::Key key{c.interval.nominal_micros(), c.open_time.us};
      table_.erase(key);
      if (c.values.trades > 0) table_[key] = c;
    }
  }

  void Check() const { ExpectSame(table_, oracle_.Closed(options_, {closed_})); }

  void SaveAndLoad() {
    const Bytes state = Saved(stream_);
    CandleStream resumed(options_);
    ByteReader in(state);
    ASSERT_TRUE(resumed.Load(in));
    ASSERT_TRUE(in.Finish("a stream"));
    EXPECT_EQ(Saved(resumed), state);
    stream_ = std::move(resumed);
    whole_ = state;
    changes_.clear();
  }

  // The changes go on from where they were.
  void SaveWhole() {
    whole_ = Saved(stream_);
    changes_.clear();
  }

  void SaveChanges() {
    ByteWriter out;
    stream_.SaveChanges(out);
    changes_.push_back(out.Take());
    if (whole_.empty()) whole_ = Saved(CandleStream(options_));
    CandleStream resumed(options_);
    ByteReader in(whole_);
    ASSERT_TRUE(resumed.Load(in));
    for (const Bytes& bytes : changes_) {
      ByteReader change(bytes);
      ASSERT_TRUE(resumed.LoadChanges(change));
      ASSERT_TRUE(change.Finish("changes"));
    }
    EXPECT_EQ(Saved(resumed), Saved(stream_));
    if (changes_.size() % 2 == 0) stream_ = std::move(resumed);
  }

  // All that was accepted at once, then one watermark: the state is the same.
  void CheckCanonical() const {
    CandleStream other(options_);
    std::vector<size_t> too_old;
    other.Take(Columns(accepted_), 0, accepted_.size(), &too_old);
    EXPECT_TRUE(too_old.empty());
    std::vector<StreamCandle> out;
    other.AdvanceTo({closed_}, &out);
    EXPECT_EQ(Saved(other), Saved(stream_));
  }

 private:
  CandleStreamOptions options_;
  CandleStream stream_;
  Oracle oracle_;
  Oracle::Table table_;
  std::vector<Row> accepted_;
  Bytes whole_;
  std::vector<Bytes> changes_;  // on top of that
  int64_t closed_ = options_.start.us;
};

std::vector<Interval> Intervals(std::initializer_list<const char*> texts) {
  std::vector<Interval> intervals;
  for (const char* text : texts) intervals.push_back(*Interval::Parse(text));
  return intervals;
}

const int64_t kStart = StartOf({2024, 2, 28}).us;

void RunRandomly(uint64_t seed) {
  SCOPED_TRACE(seed);
  Random random(seed);
  const std::vector<Row> trades = RandomTrades(random, 1500, kStart - 3 * kMinute);
  const std::vector<Row> come = Disordered(random, trades);
  CandleStreamOptions options;
  options.intervals =
      random.Bernoulli(0.3) ? Intervals({"1m"}) : Intervals({"1m", "5m", "15m", "1h", "4h", "1d"});
  if (random.Bernoulli(0.2)) options.intervals = Intervals({"15m", "1w", "1mo"});
  if (random.Bernoulli(0.7))
    options.start = {kStart + static_cast<int64_t>(random.Below(200)) * kMinute};
  options.retention_us =
      static_cast<int64_t>(random.Below(random.Bernoulli(0.5) ? 60 : 3000)) * kMinute;
  Pair pair(options);
  int64_t greatest = kStart;
  for (size_t at = 0; at < come.size();) {
    const size_t end = std::min(come.size(), at + 1 + random.Below(60));
    pair.Take(
        {come.begin() + static_cast<ptrdiff_t>(at), come.begin() + static_cast<ptrdiff_t>(end)});
    for (; at < end; ++at) greatest = std::max(greatest, come[at].time);
    if (random.Bernoulli(0.1)) pair.SaveAndLoad();
    const auto lateness = static_cast<int64_t>(random.Below(4 * kMinute));
    if (random.Bernoulli(0.7)) pair.AdvanceTo({greatest - lateness});
    if (random.Bernoulli(0.02)) pair.AdvanceTo({greatest + lateness});
    if (random.Bernoulli(0.1)) {
      pair.AdvanceTo({kStart});  // corrections alone
      pair.Check();
    }
    if (random.Bernoulli(0.1)) pair.SaveAndLoad();
    if (random.Bernoulli(0.2)) pair.SaveChanges();
    if (random.Bernoulli(0.02)) pair.SaveWhole();
    if (testing::Test::HasFailure()) return;
  }
  pair.AdvanceTo({greatest});
  pair.Check();
  pair.CheckCanonical();
  pair.AdvanceTo({greatest + 40 * kMicrosPerDay});
  pair.Check();
  pair.CheckCanonical();
}

TEST(CandleStream, AnyOrderAnyPiecesAndAnyInterruptionGiveWhatTheSortedTradesGive) {
  for (uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) RunRandomly(seed);
}

TEST(CandleStream, ALateTradeCorrectsEveryCandleItIsIn) {
  CandleStream stream({.intervals = Intervals({"1m", "5m"})});
  std::vector<size_t> too_old;
  std::vector<StreamCandle> out;
  const auto take = [&](const std::vector<Row>& rows) {
    return stream.Take(Columns(rows), 0, rows.size(), &too_old);
  };
  const int64_t nine = kStart + 9 * kMicrosPerHour + 59 * kMinute;
  take({{.time = nine - 3 * kMinute, .id = "1", .price = 10, .size = 5},
        {.time = nine, .id = "2", .price = 10, .size = 1},
        {.time = nine + 59'000'000, .id = "5", .price = 11, .size = 3}});
  stream.AdvanceTo({nine + kMinute + 2'000'000}, &out);
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[1].values.close, 11);
  EXPECT_EQ(out[2].interval.ToString(), "5m");
  EXPECT_EQ(out[2].values.volume, 9);
  EXPECT_EQ(out[2].rows, 2);
  out.clear();
  EXPECT_EQ(take({{.time = nine + 58'000'000, .id = "3", .price = 12, .size = 1}}).late, 1);
  EXPECT_EQ(take({{.time = nine + 58'000'000, .id = "3", .price = 12, .size = 1}}).repeated, 1);
  stream.AdvanceTo({nine + kMinute + 5'000'000}, &out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_TRUE(out[0].late);
  EXPECT_EQ(out[0].open_time.us, nine);
  EXPECT_EQ(out[0].values.high, 12);
  EXPECT_EQ(out[0].values.close, 11);
  EXPECT_EQ(out[0].values.volume, 5);
  EXPECT_EQ(out[1].values.high, 12);
  EXPECT_EQ(out[1].values.volume, 10);
  out.clear();
  stream.AdvanceTo({nine + kMinute + 6'000'000}, &out);
  EXPECT_TRUE(out.empty());
}

TEST(CandleStream, ACandleWhoseOnlyTradeIsTakenBackIsGone) {
  CandleStream stream({.intervals = Intervals({"1m", "1h"})});
  std::vector<size_t> too_old;
  std::vector<StreamCandle> out;
  Row row{.time = kStart, .id = "7"};
  stream.Take(Columns({row}), 0, 1, &too_old);
  stream.AdvanceTo({kStart + kMicrosPerHour}, &out);
  ASSERT_EQ(out.size(), 2u);
  out.clear();
  row.cancelled = true;
  EXPECT_EQ(stream.Take(Columns({row}), 0, 1, &too_old).revised, 1);
  stream.AdvanceTo({kStart + kMicrosPerHour}, &out);
  ASSERT_EQ(out.size(), 2u);
  for (const StreamCandle& candle : out) {
    EXPECT_TRUE(candle.late);
    EXPECT_EQ(candle.values.trades, 0);
  }
}

TEST(CandleStream, WhatIsOlderThanTheRetentionIsLeftToTheCaller) {
  CandleStream stream({.start = {kStart}, .retention_us = 10 * kMinute});
  std::vector<size_t> too_old;
  std::vector<StreamCandle> out;
  stream.AdvanceTo({kStart + 30 * kMinute + 5}, &out);
  EXPECT_EQ(stream.horizon().us, kStart + 20 * kMinute);
  const std::vector<Row> rows = {{.time = kStart + 20 * kMinute, .id = "1"},
                                 {.time = kStart + 20 * kMinute - 1, .id = "2"},
                                 {.time = kStart - 1, .id = "3"}};
  const CandleStream::Taken taken = stream.Take(Columns(rows), 0, rows.size(), &too_old);
  EXPECT_EQ(taken.added, 1);
  EXPECT_EQ(taken.too_old, 2);
  EXPECT_EQ(too_old, (std::vector<size_t>{1, 2}));
  EXPECT_EQ(stream.rows_held(), 1u);
}

TEST(CandleStream, HugeVolumesStayOnTheGrid) {
  CandleStream stream({.intervals = Intervals({"1m", "5m"})});
  std::vector<Row> rows;
  for (int64_t i = 0; i < 100; ++i) {
    rows.push_back({.time = kStart, .id = std::to_string(i), .price = 1e13, .size = 1.5e13});
  }
  std::vector<size_t> too_old;
  std::vector<StreamCandle> out;
  stream.Take(Columns(rows), 0, rows.size(), &too_old);
  stream.AdvanceTo({kStart + 5 * kMinute}, &out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[1].values.volume, 1.5e15);
  EXPECT_EQ(out[1].values.vwap, 1e13);
}

TEST(CandleStream, DamagedStateIsRefusedOrIsAState) {
  Random random(11);
  CandleStreamOptions options{.intervals = Intervals({"1m", "1h"}), .retention_us = 30 * kMinute};
  CandleStream stream(options);
  const std::vector<Row> trades = RandomTrades(random, 60, kStart);
  std::vector<size_t> too_old;
  std::vector<StreamCandle> out;
  stream.Take(Columns(trades), 0, trades.size(), &too_old);
  stream.AdvanceTo({trades[40].time}, &out);
  const Bytes state = Saved(stream);
  size_t refused = 0;
  for (size_t at = 0; at < state.size(); ++at) {
    Bytes damaged = state;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.Below(8)));
    ByteReader in(damaged);
    CandleStream loaded(options);
    if (const Status status = loaded.Load(in); !status) {
      EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
      EXPECT_EQ(loaded.rows_held(), 0u);
      ++refused;
    } else {
      EXPECT_TRUE(damaged.starts_with(Saved(loaded)));
    }
  }
  EXPECT_GT(refused, state.size() / 4);
}

}  // namespace
}  // namespace tidemark
