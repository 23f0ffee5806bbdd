#include "tidemark/query/lake_sql.h"

#include <gtest/gtest.h>

#include "tidemark/base/file.h"
#include "tidemark/lake/lake.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/tables.h"

namespace tidemark {
namespace {

constexpr int64_t kStart = 1'546'300'800'000'000;  // 2019-01-01

Batch Gaps(int64_t rows) {
  Batch batch(GapsTable().schema);
  const auto n = static_cast<size_t>(rows);
  batch["table"].strings.AppendRepeated("vendor_candles", n);
  batch["venue"].strings.AppendRepeated("bitfinex", n);
  batch["symbol"].strings.AppendRepeated("LTC-USD", n);
  batch["interval"].strings.AppendRepeated("1m", n);
  for (int64_t i = 0; i < rows; ++i) {
    batch["from"].ints.push_back(kStart + i * kMicrosPerHour);
    batch["to"].ints.push_back(kStart + i * kMicrosPerHour + kMicrosPerMinute);
    batch["missing"].ints.push_back(1);
    batch["suspected_outage"].ints.push_back(i % 2);
  }
  batch.SetRows(n);
  return batch;
}

Batch Forecasts(int64_t rows) {
  Batch batch(ForecastsTable().schema);
  const auto n = static_cast<size_t>(rows);
  batch["venue"].strings.AppendRepeated("bit finex/ü", n);
  batch["symbol"].strings.AppendRepeated("LTC-USD", n);
  batch["interval"].strings.AppendRepeated("1m", n);
  batch["horizon"].strings.AppendRepeated("30", n);
  batch["model"].strings.AppendRepeated("linear", n);
  batch["model_id"].strings.AppendRepeated("id", n);
  for (int64_t i = 0; i < rows; ++i) {
    batch["time"].ints.push_back(kStart + i * kMicrosPerMinute);
    batch["prediction"].doubles.push_back(0.1 * static_cast<double>(i));
    batch["price"].doubles.push_back(1);
    batch["lower"].doubles.push_back(kNull);
    batch["upper"].doubles.push_back(kNull);
  }
  batch.SetRows(n);
  return batch;
}

class LakeSqlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("tidemark-lake-sql");
    auto lake = Lake::Open(folder_ + "/lake", {});
    ASSERT_TRUE(lake) << lake.error().message();
    lake_ = std::move(*lake);
    ASSERT_TRUE(lake_->LockForWriting("test"));
  }
  void TearDown() override {
    lake_.reset();
    EXPECT_TRUE(RemoveTree(folder_));
  }
  void Write(int64_t gaps, int64_t forecasts) {
    const auto view = lake_->Pin();
    ASSERT_TRUE(view) << view.error().message();
    auto writer = lake_->Begin(*view);
    ASSERT_TRUE(writer) << writer.error().message();
    ASSERT_TRUE((*writer)->DeclareTable(GapsTable(), {}));
    ASSERT_TRUE((*writer)->DeclareTable(ForecastsTable(), {}));
    ASSERT_TRUE((*writer)->Replace(GapsTable(), {"bitfinex", "LTC-USD", "1m"}, TimeRange::All(),
                                   Gaps(gaps)));
    ASSERT_TRUE((*writer)->Replace(ForecastsTable(), {"bit finex/ü", "LTC-USD", "1m", "30"},
                                   TimeRange::All(), Forecasts(forecasts)));
    const auto prepared = (*writer)->Prepare();
    ASSERT_TRUE(prepared) << prepared.error().message();
    ASSERT_TRUE(lake_->Commit(*prepared));
  }
  std::string folder_;
  std::unique_ptr<Lake> lake_;
};

TEST_F(LakeSqlTest, TheTablesOfThePinnedEpochAreThereAndStayAsTheyWere) {
  Write(50, 30);
  const auto view = lake_->Pin();
  ASSERT_TRUE(view);
  auto session = OpenLakeSql(*view, {});
  ASSERT_TRUE(session) << session.error().message();
  Write(7, 3);
  const auto gaps = (*session)->Fetch(
      "SELECT count(*) AS n, count(*) FILTER (suspected_outage) AS outages, min(\"from\") AS first "
      "FROM gaps");
  ASSERT_TRUE(gaps) << gaps.error().message();
  EXPECT_EQ((*gaps)["n"].ints[0], 50);
  EXPECT_EQ((*gaps)["outages"].ints[0], 25);
  EXPECT_EQ((*gaps)["first"].ints[0], kStart);
  // Partition values come back from the path as they were, whatever bytes they hold.
  const auto forecasts = (*session)->Fetch(
      "SELECT venue, interval, prediction, lower FROM forecasts ORDER BY time DESC LIMIT 1");
  ASSERT_TRUE(forecasts) << forecasts.error().message();
  ASSERT_EQ(forecasts->rows, 1u);
  EXPECT_EQ((*forecasts)["venue"].strings.At(0), "bit finex/ü");
  EXPECT_EQ((*forecasts)["interval"].strings.At(0), "1m");
  EXPECT_EQ((*forecasts)["prediction"].doubles[0], 0.1 * 29);
  EXPECT_TRUE((*forecasts)["lower"].doubles[0] != (*forecasts)["lower"].doubles[0]);
}

TEST_F(LakeSqlTest, TablesTheLakeDoesNotHaveYetAreEmpty) {
  const auto view = lake_->Pin();
  ASSERT_TRUE(view);
  auto session = OpenLakeSql(*view, {});
  ASSERT_TRUE(session);
  for (const TableSpec& spec : AllTables({})) {
    const auto rows = (*session)->Fetch("SELECT count(*) AS n FROM \"" + spec.name + "\"");
    ASSERT_TRUE(rows) << rows.error().message();
    EXPECT_EQ((*rows)["n"].ints[0], 0);
  }
}

}  // namespace
}  // namespace tidemark
