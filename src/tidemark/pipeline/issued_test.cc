#include "tidemark/pipeline/issued.h"

#include <algorithm>

#include "tidemark/lake/prepared_epoch.h"
#include "tidemark/lake/test_rows.h"

namespace tidemark {
namespace {

using lake_test::At;

const SeriesKey kSeries{"binance", "BTC-USDT", "1m", "30"};
const TradeSeriesId kTrades{"binance", *Symbol::Parse("BTC-USDT")};

void AppendKey(const std::string& model_id, Batch* batch) {
  for (const auto& [name, text] : {std::pair{"venue", kSeries.venue},
                                   {"symbol", kSeries.symbol},
                                   {"interval", kSeries.interval},
                                   {"horizon", kSeries.horizon},
                                   {"model", std::string("linear")},
                                   {"model_id", model_id}}) {
    (*batch)[name].strings.Append(text);
  }
}

Batch Models(const std::string& id) {
  Batch batch(ModelsTable().schema);
  AppendKey(id, &batch);
  for (const char* name : {"parameters", "coefficients", "importance"}) {
    batch[name].strings.AppendNull();
  }
  batch["horizon_rows"].ints.push_back(30);
  batch["effective_from"].ints.push_back(At("2024-02-01").us);
  batch["trained_from"].ints.push_back(At("2023-02-01").us);
  batch["trained_to"].ints.push_back(At("2024-02-01").us);
  batch["rows"].ints.push_back(20'000);
  batch.SetRows(1);
  return batch;
}

// Of the minutes that close one after the other from 12:01 on 5 February, by those models.
Batch Forecasts(const std::vector<std::string>& model_ids) {
  Batch batch(ForecastsTable().schema);
  for (size_t i = 0; i < model_ids.size(); ++i) {
    AppendKey(model_ids[i], &batch);
    batch["time"].ints.push_back(At("2024-02-05T12:01:00Z").us +
                                 static_cast<int64_t>(i) * kMicrosPerMinute);
    for (const char* name : {"prediction", "price", "lower", "upper"}) {
      batch[name].doubles.push_back(0.5);
    }
  }
  batch.SetRows(model_ids.size());
  return batch;
}

class Issued : public lake_test::LakeTest {
 protected:
  // What an epoch says that derives `forecasts`, in a lake that has the model "old" and is closed
  // until 12:01; as minutes after 12:00.
  std::vector<int64_t> Said(const LiveSince& since, const Batch& forecasts,
                            const Batch& said_before = Batch(IssuedTable().schema)) {
    auto lake = OpenWriter();
    EXPECT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(writer.DeclareTable(ModelsTable(), {}));
      return writer.Append(ModelsTable(), Models("old"));
    }));
    const LakeView view = *lake->Pin();
    Watermarks before;
    EXPECT_TRUE(before.Add({{{"feed", kTrades.ToString()}, {At("2024-02-05T12:01:30Z"), "data"}}}));
    std::vector<int64_t> minutes;
    EXPECT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
      EpochSink tables(view, writer);
      IssuingSink sink(tables, view, before, since, {At("2024-02-05T12:09:00Z").us});
      TM_TRY(writer.DeclareTable(ForecastsTable(), {}));
      TM_TRY(sink.Add(said_before));
      const auto& times = forecasts["time"].ints;
      TM_TRY(sink.Replace(ForecastsTable(), kSeries, {{times.front()}, {times.back() + 1}},
                          forecasts));
      TM_TRY(sink.Write(writer));
      unready_ = sink.unready();
      return {};
    }));
    const Batch issued = *lake->Pin()->Read(IssuedTable());
    for (const int64_t time : issued["time"].ints) {
      minutes.push_back((time - At("2024-02-05T12:00:00Z").us) / kMicrosPerMinute);
    }
    std::ranges::sort(minutes);
    return minutes;
  }
  int64_t unready_ = 0;
};

const LiveSince kSinceNoon = {{kTrades, At("2024-02-05T12:00:00Z")}};

TEST_F(Issued, AnEpochSaysWhatItCloses) {
  EXPECT_EQ(Said(kSinceNoon, Forecasts({"old", "old", "old"})), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(unready_, 0);
}

TEST_F(Issued, WhatClosedBeforeTheFirstLiveTradeIsNotSaid) {
  EXPECT_EQ(Said({{kTrades, At("2024-02-05T12:02:20Z")}}, Forecasts({"old", "old", "old"})),
            (std::vector<int64_t>{3}));
}

TEST_F(Issued, WithoutLiveTradesNothingIsSaid) {
  EXPECT_EQ(Said({}, Forecasts({"old", "old", "old"})), std::vector<int64_t>{});
}

TEST_F(Issued, AModelThatWasNotReadyIssuesNothingAndIsCounted) {
  EXPECT_EQ(Said(kSinceNoon, Forecasts({"new", "old", "new"})), (std::vector<int64_t>{2}));
  EXPECT_EQ(unready_, 1) << "the first candle was closed before";
}

TEST_F(Issued, WhatWasSaidIsNeitherSaidAgainNorUnready) {
  Batch said(IssuedTable().schema);
  const Batch forecasts = Forecasts({"ahead", "ahead", "ahead"});
  for (const char* name : {"venue", "symbol", "interval", "horizon", "model", "model_id"}) {
    said[name].strings.Append(forecasts[name].strings.At(1));
  }
  said["time"].ints.push_back(forecasts["time"].ints[1]);
  said["issued_at"].ints.push_back(At("2024-02-05T12:02:01Z").us);
  said["prediction"].doubles.push_back(0.25);
  said.SetRows(1);
  EXPECT_EQ(Said(kSinceNoon, forecasts, said), (std::vector<int64_t>{2}));
  EXPECT_EQ(unready_, 1);
}

}  // namespace
}  // namespace tidemark
