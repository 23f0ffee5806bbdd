// What several threads may do at once with a lake: tools/test runs these with thread checks.
#include "tidemark/base/parallel.h"
#include "tidemark/lake/integrity.h"
#include "tidemark/lake/lake.h"
#include "tidemark/lake/test_rows.h"

namespace tidemark {
namespace {

using lake_test::At;
using lake_test::Candles;
using lake_test::SameBits;
using lake_test::Why;

constexpr int kSeries = 6;

SeriesKey Series(int number) {
  return {number % 2 == 0 ? "bitfinex" : "kraken", "A" + std::to_string(number) + "-USD", "1m"};
}

class LakeThreads : public lake_test::LakeTest {
 protected:
  std::unique_ptr<Lake> OpenNamed(const std::string& name) {
    auto lake = Lake::Open(folder_ + "/" + name, S3Options(), clock_);
    EXPECT_TRUE(lake) << Why(lake);
    EXPECT_TRUE((*lake)->LockForWriting("test"));
    return *std::move(lake);
  }
  // Two epochs of all series: three months, then a correction inside and rows behind.
  void WriteTwice(Lake& lake, ThreadPool& pool) {
    for (const bool correction : {false, true}) {
      const auto base = lake.Pin();
      ASSERT_TRUE(base) << Why(base);
      auto writer = lake.Begin(*base, &pool);
      ASSERT_TRUE(writer) << Why(writer);
      ASSERT_TRUE((*writer)->DeclareTable(VendorCandlesTable(), {}));
      std::vector<Status> done(kSeries);
      pool.ParallelFor(kSeries, [&](size_t i) {
        done[i] = WriteSeries(**writer, static_cast<int>(i), correction);
      });
      for (const Status& status : done) ASSERT_TRUE(status) << status.error().message();
      const auto prepared = (*writer)->Prepare();
      ASSERT_TRUE(prepared) << Why(prepared);
      const Status committed = lake.Commit(*prepared);
      ASSERT_TRUE(committed) << committed.error().message();
    }
  }

  static Status WriteSeries(EpochWriter& writer, int number, bool correction) {
    const SeriesKey series = Series(number);
    const auto seed = static_cast<uint64_t>(number);
    const Batch rows = correction ? Candles(series, At("2020-01-10"), 100, seed + 100)
                                  : Candles(series, At("2020-01-01"), 80'000, seed);
    TM_TRY(writer.Replace(VendorCandlesTable(), series, RangeOf(rows), rows));
    if (!correction) return {};
    const Batch later = Candles(series, At("2020-03-01"), 3'000, seed + 200);
    return writer.Replace(VendorCandlesTable(), series, RangeOf(later), later);
  }
};

TEST_F(LakeThreads, ManyWritersMakeTheSameEpochAsOne) {
  ThreadPool one(1), four(4);
  const auto alone = OpenNamed("alone"), together = OpenNamed("together");
  WriteTwice(*alone, one);
  WriteTwice(*together, four);
  const auto expected = alone->Pin();
  ASSERT_TRUE(expected) << Why(expected);
  const auto got = together->Pin();
  ASSERT_TRUE(got) << Why(got);
  const auto files = expected->Files("vendor_candles");
  ASSERT_EQ(got->Files("vendor_candles").size(), files.size());
  std::vector<std::string> differing(kSeries);
  four.ParallelFor(kSeries, [&](size_t i) {
    const ReadFilter filter{
        .series = Series(static_cast<int>(i)), .times = TimeRange::All(), .columns = {}};
    const auto a = expected->Read(VendorCandlesTable(), filter);
    const auto b = got->Read(VendorCandlesTable(), filter);
    if (!a || !b) {
      differing[i] = Why(a) + Why(b);
    } else if (!SameBits(*a, *b) || a->rows != 83'000) {
      differing[i] = "other rows";
    }
  });
  for (const std::string& what : differing) EXPECT_EQ(what, "");
  const auto findings =
      together->CheckIntegrity(*got, {.checksums = true, .statistics = true, .threads = &four});
  ASSERT_TRUE(findings) << Why(findings);
  EXPECT_TRUE(findings->empty());
}

TEST_F(LakeThreads, ReadersPinWhileAWriterCommits) {
  auto writer = OpenWriter();
  const SeriesKey series = Series(0);
  ASSERT_TRUE(WriteCandles(*writer, series, Candles(series, At("2020-01-01"), 100, 1)));
  ThreadPool pool(4);
  std::vector<std::string> wrong(4);
  pool.ParallelFor(4, [&](size_t i) {
    for (int round = 1; round <= 10 && wrong[i].empty(); ++round) {
      if (i == 0) {
        const Batch rows = Candles(series, At("2020-01-02"), static_cast<size_t>(round), 2);
        wrong[i] = Why(WriteCandles(*writer, series, rows));
        continue;
      }
      const auto lake = Lake::Open(root(), S3Options());
      const auto view = lake ? (*lake)->Pin() : Result<LakeView>(Fail(lake.error()));
      const auto rows = view ? view->Read(VendorCandlesTable()) : Result<Batch>(Fail(view.error()));
      wrong[i] = Why(rows);
      // Epoch 1 has a hundred rows, and each later one a row more.
      if (rows && rows->rows != static_cast<size_t>(99 + view->epoch())) wrong[i] = "torn";
    }
  });
  for (const std::string& what : wrong) EXPECT_EQ(what, "");
}

}  // namespace
}  // namespace tidemark
