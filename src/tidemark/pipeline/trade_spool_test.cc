#include "tidemark/pipeline/trade_spool.h"

#include <gtest/gtest.h>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

TEST(TradeSpool, TradesComeBackInTheOrderTheyWereAddedWhateverTheMemoryLimit) {
  const TradeSeriesId series{"v", Symbol::Parse("LTC-USD").value()};
  const EventTime start = ParseTime("2019-01-30T22:00").value();
  Random random(7);
  TradeSpool roomy(int64_t{1} << 30), tight(3000);
  for (int p = 0; p < 20; ++p) {
    TradeColumns rows;
    for (int i = 0; i < 50; ++i) {
      const std::string id = random.Bernoulli(0.3) ? "x-" + std::to_string(i) : std::to_string(i);
      rows.Append(
          Trade{.time = start + static_cast<int64_t>(random.Below(7200)) * kMicrosPerSecond * 2,
                .id = p % 3 == 0 ? std::string_view() : std::string_view(id),
                .price = 1,
                .size = static_cast<double>(p * 50 + i + 1),
                .side = static_cast<Side>(random.Below(3))});
    }
    ASSERT_TRUE(roomy.Add(series, rows, p));
    ASSERT_TRUE(tight.Add(series, rows, p));
  }
  ASSERT_EQ(roomy.Days(series).size(), 2u);
  ASSERT_EQ(roomy.Days(series), tight.Days(series));
  size_t total = 0;
  for (const EventTime day : roomy.Days(series)) {
    const IncomingTrades a = roomy.Rows(series, day).value();
    const IncomingTrades b = tight.Rows(series, day).value();
    EXPECT_EQ(a.source, b.source);
    EXPECT_EQ(a.rows.time, b.rows.time);
    EXPECT_EQ(a.rows.size, b.rows.size);
    EXPECT_EQ(a.rows.side, b.rows.side);
    ASSERT_EQ(a.rows.rows(), b.rows.rows());
    for (size_t i = 0; i < a.rows.rows(); ++i) {
      EXPECT_EQ(a.rows.IdText(i), b.rows.IdText(i));
      EXPECT_EQ(FloorToDay({a.rows.time[i]}), day);
    }
    total += a.rows.rows();
  }
  EXPECT_EQ(total, 1000u);
  for (const TradeSpool* spool : {&roomy, &tight}) {
    const auto extents = spool->Rows(series, spool->Days(series).front()).value().extents;
    ASSERT_EQ(extents.size(), 20u);
    int64_t first = INT64_MAX, last = 0;
    for (const EventTime day : spool->Days(series)) {
      const IncomingTrades rows = spool->Rows(series, day).value();
      for (size_t i = 0; i < rows.source.size(); ++i) {
        if (rows.source[i] != 3) continue;
        first = std::min(first, rows.rows.time[i]);
        last = std::max(last, rows.rows.time[i]);
      }
    }
    EXPECT_EQ(extents.at(3), (TimeRange{{first}, {last + 1}}));
  }
}

}  // namespace
}  // namespace tidemark
