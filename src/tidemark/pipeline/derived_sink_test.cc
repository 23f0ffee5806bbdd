#include "tidemark/pipeline/derived_sink.h"

#include <gtest/gtest.h>

#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

Batch Gaps(const std::vector<std::pair<int64_t, int64_t>>& rows) {
  Batch batch(GapsTable().schema);
  for (const auto& [to, missing] : rows) {
    batch["table"].strings.Append("vendor_candles");
    batch["venue"].strings.Append("v");
    batch["symbol"].strings.Append("LTC-USD");
    batch["interval"].strings.Append("1m");
    batch["from"].ints.push_back(to - 5);
    batch["to"].ints.push_back(to);
    batch["missing"].ints.push_back(missing);
    batch["suspected_outage"].ints.push_back(0);
  }
  batch.SetRows(rows.size());
  return batch;
}

TEST(CompareRows, EqualRowsDoNotDiffer) {
  const auto rows = Gaps({{10, 1}, {20, 2}});
  EXPECT_TRUE(CompareRows(GapsTable(), rows, rows).times.empty());
  EXPECT_EQ(CompareRows(GapsTable(), rows, rows).first, "");
}

TEST(CompareRows, TheFirstDifferingCellIsNamedWithBothValues) {
  const auto difference = CompareRows(GapsTable(), Gaps({{10, 1}, {20, 2}, {30, 3}}),
                                      Gaps({{10, 1}, {20, 7}, {30, 4}}));
  EXPECT_NE(difference.first.find("missing is stored as 2, recomputed as 7"), std::string::npos)
      << difference.first;
  EXPECT_EQ(difference.times, RangeSet(TimeRange{{20}, {31}}));
}

TEST(CompareRows, RowsThatVanishOrAppearAreDifferences) {
  EXPECT_EQ(CompareRows(GapsTable(), Gaps({{10, 1}, {20, 2}}), Gaps({{20, 2}})).times,
            RangeSet(TimeRange{{10}, {11}}));
  EXPECT_EQ(CompareRows(GapsTable(), Gaps({{10, 1}}), Gaps({{10, 1}, {40, 1}})).times,
            RangeSet(TimeRange{{40}, {41}}));
  EXPECT_EQ(CompareRows(GapsTable(), Gaps({}), Gaps({{40, 1}})).times,
            RangeSet(TimeRange{{40}, {41}}));
}

}  // namespace
}  // namespace tidemark
