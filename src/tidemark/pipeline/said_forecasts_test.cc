#include "tidemark/pipeline/said_forecasts.h"

#include <gtest/gtest.h>

#include "tidemark/market/tables.h"

namespace tidemark {
namespace {

SaidForecasts TwoForecasts() {
  return {{"binance", *Symbol::Parse("BTC-USDT"), Interval()},
          {1706748060000000},
          42000.5,
          {{"30", "linear", "0123", 0.001}, {"30", "tree", "4567", -0.25}}};
}

TEST(SaidForecasts, ComeBackAsTheyWereSaid) {
  const Bytes bytes = TwoForecasts().Save();
  const auto said = SaidForecasts::Load(bytes);
  ASSERT_TRUE(said) << said.error().message();
  EXPECT_EQ(said->Save(), bytes);
  EXPECT_EQ(said->series, TwoForecasts().series);
  ASSERT_EQ(said->all.size(), 2u);
  EXPECT_EQ(said->all[1].model, "tree");
  EXPECT_EQ(said->all[1].prediction, -0.25);
}

TEST(SaidForecasts, AnyOtherLengthIsDamage) {
  const Bytes bytes = TwoForecasts().Save();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto said = SaidForecasts::Load(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(said) << size;
    EXPECT_EQ(said.error().code(), ErrorCode::kCorrupt);
  }
  EXPECT_FALSE(SaidForecasts::Load(bytes + "x"));
}

TEST(SaidForecasts, OutsideTheTimesOfTablesAreDamage) {
  for (const int64_t us : {INT64_MIN, kMinTime.us - 1, kMaxTime.us + 1, INT64_MAX}) {
    SaidForecasts said = TwoForecasts();
    said.time.us = us;
    EXPECT_FALSE(SaidForecasts::Load(said.Save())) << us;
  }
}

TEST(SaidForecasts, AreRowsOfIssuedAndALineOfJson) {
  Batch issued(IssuedTable().schema);
  const ReceiveTime at{1706748062003004};
  TwoForecasts().AppendTo(&issued, at);
  ASSERT_EQ(issued.rows, 2u);
  EXPECT_EQ(issued["model_id"].strings.At(1), "4567");
  EXPECT_EQ(issued["issued_at"].ints[0], at.us);
  EXPECT_EQ(
      TwoForecasts().ToJson(at),
      R"({"venue":"binance","symbol":"BTC-USDT","interval":"1m","time":"2024-02-01T00:41:00Z",)"
      R"("issued_at":"2024-02-01T00:41:02.003004Z","close":42000.5,"forecasts":[)"
      R"({"horizon":"30","model":"linear","prediction":0.001,"price":42042.52150725183,)"
      R"("model_id":"0123"},{"horizon":"30","model":"tree","prediction":-0.25,)"
      R"("price":32710.02228939054,"model_id":"4567"}]})");
}

}  // namespace
}  // namespace tidemark
