#include "tidemark/lake/lake.h"

#include <algorithm>

#include "tidemark/lake/row_order.h"
#include "tidemark/lake/test_rows.h"

namespace tidemark {
namespace {

using lake_test::At;
using lake_test::Candles;
using lake_test::kEth;
using lake_test::kLtc;
using lake_test::SameBits;
using lake_test::Why;

class LakeRoundTrip : public lake_test::LakeTest {};

TEST_F(LakeRoundTrip, EmptyLakeIsEpochZeroAndTouchesNothing) {
  auto lake = Lake::Open(root(), S3Options());
  ASSERT_TRUE(lake);
  const auto view = (*lake)->Pin();
  ASSERT_TRUE(view) << Why(view);
  EXPECT_EQ(view->epoch(), 0);
  EXPECT_FALSE(view->HasTable("candles"));
  const auto rows = view->Read(CandlesTable());
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->rows, 0u);
  EXPECT_EQ(rows->schema, CandlesTable().schema);
  EXPECT_FALSE(FileExists(root()));
}

TEST_F(LakeRoundTrip, CommittedRowsReadBackBitForBit) {
  auto lake = OpenWriter();
  const Batch rows = Candles(kLtc, At("2019-11-20"), 90'000, 1);
  const auto written = WriteCandles(*lake, kLtc, rows);
  ASSERT_TRUE(written) << Why(written);
  const auto view = lake->Pin();
  ASSERT_TRUE(view) << Why(view);
  EXPECT_EQ(view->epoch(), 1);
  const auto read = view->Read(VendorCandlesTable());
  ASSERT_TRUE(read) << Why(read);
  EXPECT_TRUE(SameBits(*read, rows));
  // 2019-11, 2019-12 and 2020-01.
  const auto files = view->Files("vendor_candles");
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].partition.at("venue"), "bitfinex");
  EXPECT_EQ(files[0].TimesOf("open_time").start, At("2019-11-20"));
  EXPECT_EQ(files[0].TimesOf("open_time").end.us, At("2019-11-30T23:59:00Z").us + 1);
  EXPECT_EQ(*files[0].ConstantText("symbol"), "LTC-USD");
}

TEST_F(LakeRoundTrip, ReplaceTouchesOnlyItsRangeAndItsFile) {
  auto lake = OpenWriter();
  const Batch rows = Candles(kLtc, At("2019-11-20"), 90'000, 1);
  ASSERT_TRUE(WriteCandles(*lake, kLtc, rows));
  const auto before = lake->Pin()->Files("vendor_candles");
  const Batch change = Candles(kLtc, At("2019-12-05T00:10:00Z"), 7, 2);
  ASSERT_TRUE(WriteCandles(*lake, kLtc, change));
  const auto view = lake->Pin();
  const auto after = view->Files("vendor_candles");
  ASSERT_EQ(after.size(), 3u);
  int kept = 0;
  for (const DataFile& file : after) {
    kept += std::any_of(before.begin(), before.end(),
                        [&](const DataFile& old) { return old.path == file.path; });
  }
  EXPECT_EQ(kept, 2);
  Batch expected(rows.schema);
  const size_t at = 15 * 1440 + 10;
  expected.Append(rows, 0, at);
  expected.Append(change);
  expected.Append(rows, at + 7, rows.rows);
  const auto read = view->Read(VendorCandlesTable());
  ASSERT_TRUE(read);
  EXPECT_TRUE(SameBits(*read, expected));
}

TEST_F(LakeRoundTrip, EmptyReplacementDeletes) {
  auto lake = OpenWriter();
  const Batch rows = Candles(kLtc, At("2019-11-20"), 90'000, 1);
  ASSERT_TRUE(WriteCandles(*lake, kLtc, rows));
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
    return writer.Replace(VendorCandlesTable(), kLtc, {At("2019-11-25"), At("2020-01-02")},
                          Batch(rows.schema));
  }));
  const auto view = lake->Pin();
  EXPECT_EQ(view->Files("vendor_candles").size(), 2u);
  const auto read = view->Read(VendorCandlesTable());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rows, rows.rows - 38 * 1440);
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
    return writer.Replace(VendorCandlesTable(), kLtc, TimeRange::All(), Batch(rows.schema));
  }));
  EXPECT_TRUE(lake->Pin()->Files("vendor_candles").empty());
}

TEST_F(LakeRoundTrip, SmallBatchesOfManySeriesShareOneFile) {
  auto lake = OpenWriter();
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
    for (int i = 9; i >= 0; --i) {
      const SeriesKey series{"bitfinex", "S" + std::to_string(i) + "-USD", "1m"};
      const Batch rows = Candles(series, At("2020-01-01"), 10, static_cast<uint64_t>(i));
      TM_TRY(writer.Replace(VendorCandlesTable(), series, TimeRange::All(), rows));
    }
    return {};
  }));
  const auto view = lake->Pin();
  EXPECT_EQ(view->Files("vendor_candles").size(), 1u);
  const auto read = view->Read(VendorCandlesTable());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rows, 100u);
  EXPECT_TRUE(IsSorted(*read, VendorCandlesTable().sort_by));
  const auto series = view->SeriesOf(VendorCandlesTable());
  ASSERT_TRUE(series);
  EXPECT_EQ(series->size(), 10u);
  ReadFilter filter;
  filter.series = SeriesKey{"bitfinex", "S3-USD", "1m"};
  filter.times = {At("2020-01-01T00:02:00Z"), At("2020-01-01T00:05:00Z")};
  filter.columns = {"close"};
  const auto some = view->Read(VendorCandlesTable(), filter);
  ASSERT_TRUE(some);
  ASSERT_EQ(some->rows, 3u);
  ASSERT_EQ(some->columns.size(), 1u);
  EXPECT_EQ((*some)["close"].doubles[0],
            Candles(*filter.series, At("2020-01-01"), 10, 3)["close"].doubles[2]);
}

// Only the groups of rows in which a series may be are read.
TEST_F(LakeRoundTrip, EverySeriesOfAFileOfManyIsReadWhole) {
  auto lake = OpenWriter();
  std::vector<SeriesKey> all;
  std::vector<Batch> rows;
  for (const char* symbol : {"AAA-USD", "BBB-USD", "DDD-USD", "EEE-USD", "FFF-USD"}) {
    all.push_back({"bitfinex", symbol, "1m"});
    rows.push_back(Candles(all.back(), At("2020-01-01"), 15'000, static_cast<int64_t>(all.size())));
  }
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
    for (const size_t i : {2, 0, 4, 1, 3}) {
      TM_TRY(writer.Replace(VendorCandlesTable(), all[i], RangeOf(rows[i]), rows[i]));
    }
    return {};
  }));
  const auto view = lake->Pin();
  ASSERT_EQ(view->Files("vendor_candles").size(), 1u);
  for (size_t i = 0; i < all.size(); ++i) {
    const auto read = view->Read(VendorCandlesTable(), {.series = all[i], .columns = {}});
    ASSERT_TRUE(read) << Why(read);
    EXPECT_TRUE(SameBits(*read, rows[i])) << all[i].symbol;
  }
  const SeriesKey none = {"bitfinex", "CCC-USD", "1m"};
  const auto read = view->Read(VendorCandlesTable(), {.series = none, .columns = {}});
  ASSERT_TRUE(read) << Why(read);
  EXPECT_EQ(read->rows, 0u);
}

TEST_F(LakeRoundTrip, SmallPiecesOfABigSeriesAreStoredByMonth) {
  auto lake = OpenWriter();
  const Batch all = Candles(kLtc, At("2020-01-20"), 30'000, 1);
  const Batch other = Candles(kEth, At("2020-01-20"), 50, 2);
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
    TM_TRY(writer.Replace(VendorCandlesTable(), kEth, TimeRange::All(), other));
    for (size_t i = 0; i < all.rows; i += 5000) {
      Batch piece(all.schema);
      piece.Append(all, i, i + 5000);
      TM_TRY(writer.Replace(VendorCandlesTable(), kLtc, RangeOf(piece), piece));
    }
    return {};
  }));
  const auto view = lake->Pin();
  EXPECT_EQ(view->Files("vendor_candles").size(), 3u);
  ReadFilter filter;
  filter.series = kLtc;
  EXPECT_TRUE(SameBits(*view->Read(VendorCandlesTable(), filter), all));
  filter.series = kEth;
  EXPECT_TRUE(SameBits(*view->Read(VendorCandlesTable(), filter), other));
}

TEST_F(LakeRoundTrip, LaterReplaceInOneEpochWins) {
  auto lake = OpenWriter();
  const Batch big = Candles(kLtc, At("2020-01-01"), 40'000, 1);
  const Batch part = Candles(kLtc, At("2020-01-03"), 100, 2);
  const Batch again = Candles(kLtc, At("2020-01-03T00:50:00Z"), 10, 3);
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
    for (const Batch* rows : {&big, &part, &again}) {
      TM_TRY(writer.Replace(VendorCandlesTable(), kLtc, RangeOf(*rows), *rows));
    }
    return {};
  }));
  Batch expected(big.schema);
  expected.Append(big, 0, 2880);
  expected.Append(part, 0, 50);
  expected.Append(again);
  expected.Append(part, 60, 100);
  expected.Append(big, 2980, big.rows);
  const auto view = lake->Pin();
  EXPECT_TRUE(SameBits(*view->Read(VendorCandlesTable()), expected));
  EXPECT_EQ(view->Files("vendor_candles").size(), 1u);
  // The file that was replaced before anyone saw it is gone.
  const auto paths = ListFilesBelow(root() + "/vendor_candles");
  ASSERT_TRUE(paths);
  EXPECT_EQ(std::count_if(paths->begin(), paths->end(),
                          [](const std::string& path) { return path.ends_with(".parquet"); }),
            1);
}

TEST_F(LakeRoundTrip, FilesWhoseTimesOverlapAreReadOnceEachAndInOrder) {
  auto lake = OpenWriter();
  const Batch rows = Candles(kLtc, At("2019-11-01"), 50'000, 4);
  // Every tenth row first, in one file that spans all; then what is missing, a stretch at a time.
  std::vector<std::vector<uint8_t>> parts(4, std::vector<uint8_t>(rows.rows, 0));
  for (size_t i = 0; i < rows.rows; ++i) parts[i % 10 == 0 ? 0 : 1 + i * 3 / rows.rows][i] = 1;
  for (const std::vector<uint8_t>& part : parts) {
    ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
      return writer.Append(VendorCandlesTable(), rows.Filter(part));
    }));
  }
  const auto view = lake->Pin();
  ASSERT_GT(view->Files("vendor_candles").size(), 3u);
  EXPECT_TRUE(SameBits(view->Read(VendorCandlesTable()).value(), rows));
  const ReadFilter november{
      .series = kLtc, .times = {At("2019-11-01"), At("2019-12-01")}, .columns = {}};
  Batch expected(rows.schema);
  expected.Append(rows, 0, 30 * 1440);
  EXPECT_TRUE(SameBits(view->Read(VendorCandlesTable(), november).value(), expected));
}

TEST_F(LakeRoundTrip, ManySmallEpochsLeaveFewFilesAndEveryRow) {
  auto lake = OpenWriter();
  Batch expected(VendorCandlesTable().schema);
  size_t files_max = 0;
  for (int i = 0; i < 50; ++i) {
    const Batch rows = Candles(kLtc, At("2020-01-31T18:00:00Z") + i * kMicrosPerHour, 60,
                               static_cast<uint64_t>(i));
    expected.Append(rows);
    ASSERT_TRUE(WriteCandles(*lake, kLtc, rows));
    files_max = std::max(files_max, lake->Pin()->Files("vendor_candles").size());
  }
  EXPECT_LE(files_max, 17u);
  EXPECT_GT(files_max, 10u);  // not every epoch copies what is there
  EXPECT_TRUE(SameBits(*lake->Pin()->Read(VendorCandlesTable()), expected));
}

TEST_F(LakeRoundTrip, EarlierEpochsStayReadable) {
  auto lake = OpenWriter();
  const Batch first = Candles(kLtc, At("2020-01-01"), 30'000, 1);
  const Batch second = Candles(kLtc, At("2020-01-01"), 30'000, 2);
  ASSERT_TRUE(WriteCandles(*lake, kLtc, first));
  const auto pinned = lake->Pin();
  ASSERT_TRUE(WriteCandles(*lake, kLtc, second));
  EXPECT_TRUE(SameBits(*pinned->Read(VendorCandlesTable()), first));
  EXPECT_TRUE(SameBits(*lake->PinEpoch(1)->Read(VendorCandlesTable()), first));
  EXPECT_TRUE(SameBits(*lake->Pin()->Read(VendorCandlesTable()), second));
  EXPECT_EQ(lake->PinEpoch(3).error().code(), ErrorCode::kNotFound);
  const auto epochs = lake->Epochs();
  ASSERT_TRUE(epochs);
  ASSERT_EQ(epochs->size(), 2u);
  EXPECT_EQ(*lake->EpochAsOf((*epochs)[0].committed_at), 1);
  EXPECT_EQ(*lake->EpochAsOf(ReceiveTime{(*epochs)[0].committed_at.us - 1}), 0);
}

TEST_F(LakeRoundTrip, ManyEpochsReadThroughCheckpoints) {
  auto lake = OpenWriter();
  Batch expected(VendorCandlesTable().schema);
  for (int i = 0; i < 25; ++i) {
    const Batch rows =
        Candles(kLtc, At("2020-01-01") + i * kMicrosPerHour, 60, static_cast<uint64_t>(i));
    expected.Append(rows);
    ASSERT_TRUE(WriteCandles(*lake, kLtc, rows));
  }
  EXPECT_TRUE(
      FileExists(root() + "/vendor_candles/_delta_log/00000000000000000020.checkpoint.parquet"));
  // A fresh reader starts from the checkpoint; so does one of an epoch before the last of them.
  const auto fresh = Lake::Open(root(), S3Options());
  EXPECT_TRUE(SameBits(*(*fresh)->Pin()->Read(VendorCandlesTable()), expected));
  Batch until(VendorCandlesTable().schema);
  until.Append(expected, 0, 15 * 60);
  EXPECT_TRUE(SameBits(*(*fresh)->PinEpoch(15)->Read(VendorCandlesTable()), until));
  // Without its first commits only the checkpoint is left.
  for (int v = 0; v < 20; ++v) {
    ASSERT_TRUE(RemoveFile(root() + "/vendor_candles/_delta_log/000000000000000000" +
                           (v < 10 ? "0" : "") + std::to_string(v) + ".json"));
  }
  const auto cleaned = Lake::Open(root(), S3Options());
  const auto view = (*cleaned)->Pin();
  ASSERT_TRUE(view) << Why(view);
  EXPECT_TRUE(SameBits(*view->Read(VendorCandlesTable()), expected));
  EXPECT_EQ(view->Files("vendor_candles")[0].add_json.find("\"stats\"") != std::string::npos, true);
}

TEST_F(LakeRoundTrip, PropertiesAndAddedColumnsAreKept) {
  auto lake = OpenWriter();
  const TableSpec narrow = FeaturesTable({"sma_30"});
  const TableSpec wide = FeaturesTable({"sma_30", "rsi_14"});
  const auto rows = [](const TableSpec& spec, double value) {
    Batch batch(spec.schema);
    batch["venue"].strings.Append("bitfinex");
    batch["symbol"].strings.Append("LTC-USD");
    batch["interval"].strings.Append("1m");
    batch["time"].ints.push_back(At("2020-01-01").us);
    for (size_t c = 4; c < batch.columns.size(); ++c) batch.columns[c].doubles.push_back(value);
    batch.SetRows(1);
    return batch;
  };
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(narrow, {{"tidemark.spec_hash", "a"}}));
    return writer.Append(narrow, rows(narrow, 1));
  }));
  EXPECT_EQ(lake->Pin()->PropertiesOf("features").at("tidemark.spec_hash"), "a");
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    return writer.DeclareTable(wide, {{"tidemark.spec_hash", "b"}});
  }));
  const auto view = lake->Pin();
  EXPECT_EQ(view->PropertiesOf("features").at("tidemark.spec_hash"), "b");
  EXPECT_EQ(view->SchemaOf("features"), wide.schema);
  const auto read = view->Read(wide);
  ASSERT_TRUE(read) << Why(read);
  ASSERT_EQ(read->rows, 1u);
  EXPECT_EQ((*read)["sma_30"].doubles[0], 1);
  EXPECT_TRUE(std::isnan((*read)["rsi_14"].doubles[0]));
  // The same again changes nothing, so the table gets no commit.
  const int64_t version = view->VersionOf("features");
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    return writer.DeclareTable(wide, {{"tidemark.spec_hash", "b"}});
  }));
  EXPECT_EQ(lake->Pin()->epoch(), 3);
  EXPECT_EQ(lake->Pin()->VersionOf("features"), version);
}

TEST_F(LakeRoundTrip, ReplaceAllReplacesASeriesOrTheTable) {
  auto lake = OpenWriter();
  const auto gaps = [](const SeriesKey& series, int count) {
    Batch batch(GapsTable().schema);
    for (int i = 0; i < count; ++i) {
      batch["table"].strings.Append("vendor_candles");
      batch["venue"].strings.Append(series.venue);
      batch["symbol"].strings.Append(series.symbol);
      batch["interval"].strings.Append(series.interval);
      batch["from"].ints.push_back(i);
      batch["to"].ints.push_back(i + 1);
      batch["missing"].ints.push_back(1);
      batch["suspected_outage"].ints.push_back(i % 2);
    }
    batch.SetRows(static_cast<size_t>(count));
    return batch;
  };
  const auto replace = [&](const SeriesKey& series, const Batch& rows) {
    return Write(*lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(writer.DeclareTable(GapsTable(), {}));
      return writer.ReplaceAll(GapsTable(), series, rows);
    });
  };
  ASSERT_TRUE(replace(kLtc, gaps(kLtc, 5)));
  ASSERT_TRUE(replace(kEth, gaps(kEth, 3)));
  ASSERT_TRUE(replace(kLtc, gaps(kLtc, 2)));
  const auto view = lake->Pin();
  ReadFilter ltc{.series = kLtc, .columns = {}};
  EXPECT_EQ(view->Read(GapsTable(), ltc)->rows, 2u);
  EXPECT_EQ(view->Read(GapsTable())->rows, 5u);
  ASSERT_TRUE(replace(SeriesKey(), gaps(kLtc, 1)));
  EXPECT_EQ(lake->Pin()->Read(GapsTable())->rows, 1u);
}

}  // namespace
}  // namespace tidemark
