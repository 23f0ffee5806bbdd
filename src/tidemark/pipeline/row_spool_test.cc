#include "tidemark/pipeline/row_spool.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tidemark/base/file.h"
#include "tidemark/base/random.h"

namespace tidemark {
namespace {

TEST(RowSpool, RowsComeBackInTheOrderTheyWereAddedWhateverTheMemoryLimit) {
  const SeriesId series{"v", Symbol::Parse("LTC-USD").value(), Interval()};
  const EventTime start = ParseTime("2019-01-30").value();
  Random random(7);
  std::vector<CandleColumns> parts;
  for (int p = 0; p < 20; ++p) {
    CandleColumns rows;
    for (int i = 0; i < 50; ++i) {
      const auto minute = static_cast<int64_t>(random.Below(5000));
      rows.Append(
          {start + minute * kMicrosPerMinute, 1, 2, 0.5, 1.5, static_cast<double>(p * 50 + i)});
    }
    parts.push_back(std::move(rows));
  }
  RowSpool roomy(int64_t{1} << 30), tight(3000);
  for (const CandleColumns& rows : parts) {
    ASSERT_TRUE(roomy.Add(series, rows, 0, 0));
    ASSERT_TRUE(tight.Add(series, rows, 0, 0));
  }
  ASSERT_EQ(roomy.Months(series).size(), 2u);
  ASSERT_EQ(roomy.Months(series), tight.Months(series));
  size_t total = 0;
  for (const EventTime month : roomy.Months(series)) {
    const auto a = roomy.Rows(series, month).value();
    const auto b = tight.Rows(series, month).value();
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i].volume, b[i].volume);
      ASSERT_EQ(a[i].open_time, b[i].open_time);
    }
    total += a.size();
  }
  EXPECT_EQ(total, 1000u);
}

TEST(RowSpool, AScratchFileThatIsNotWhatWasWrittenIsAnError) {
  const SeriesId series{"v", Symbol::Parse("LTC-USD").value(), Interval()};
  const EventTime start = ParseTime("2019-01-30").value();
  const std::string folder = MakeTemporaryDirectory("tidemark-test-").value();
  const char* before = std::getenv("TMPDIR");
  const std::string usual = before == nullptr ? "" : before;
  ::setenv("TMPDIR", folder.c_str(), 1);
  RowSpool spool(100);
  CandleColumns rows;
  for (int i = 0; i < 10; ++i) rows.Append({start + i * kMicrosPerMinute, 1, 2, 0.5, 1.5, 3});
  ASSERT_TRUE(spool.Add(series, rows, 0, 0));
  usual.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", usual.c_str(), 1);
  const auto files = ListFilesBelow(folder).value();
  ASSERT_EQ(files.size(), 1u);
  std::string bytes = ReadFile(files[0]).value();
  bytes[bytes.size() - 8] ^= 1;  // an index into the epoch's sources
  ASSERT_TRUE(WriteFileSynced(files[0], bytes));
  EXPECT_EQ(spool.Rows(series, FloorToMonth(start)).error().code(), ErrorCode::kIo);
  (void)RemoveTree(folder);
}

}  // namespace
}  // namespace tidemark
