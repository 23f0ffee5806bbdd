#include "tidemark/source/file/row_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/parallel.h"
#include "tidemark/base/random.h"
#include "tidemark/source/file/reader_testing.h"

namespace tidemark {
namespace {

using testing_support::FileOf;
using testing_support::Read;
using testing_support::ReadResult;
using testing_support::TestOptions;

constexpr char kStudyCsv[] =
    "time,open,close,high,low,volume\n"
    "1368976980000,3.1491,3.1492,3.15,3.14,10\n"
    "1368980160000,3.2,3.2,3.2,3.2,25.129574650000002\n";

TEST(RowReader, ReadsTheStudyCsv) {
  const ReadResult got = Read("ltcusd.csv", kStudyCsv);
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(got.rows[0].series.ToString(), "unknown LTC-USD 1m");
  EXPECT_EQ(got.rows[0].candle.open_time.us, 1368976980000000);
  EXPECT_EQ(got.rows[0].candle.open, 3.1491);
  EXPECT_EQ(got.rows[0].candle.close, 3.1492);
  EXPECT_EQ(got.rows[0].candle.high, 3.15);
  EXPECT_EQ(got.rows[0].candle.low, 3.14);
  EXPECT_EQ(got.rows[1].candle.volume, 25.129574650000002);
  EXPECT_EQ(got.summary->read, 2);
  EXPECT_EQ(got.summary->header_bytes, 31);
  EXPECT_EQ(got.summary->content_bytes, static_cast<int64_t>(sizeof(kStudyCsv)) - 1);
  EXPECT_EQ(got.summary->position.bytes, static_cast<int64_t>(sizeof(kStudyCsv)) - 1);
  EXPECT_EQ(got.summary->position.content_hash, ContentHash::Of(kStudyCsv));
}

TEST(RowReader, SameBytesAreNotReadAgain) {
  const ReadResult first = Read("ltcusd.csv", kStudyCsv);
  const ReadResult again = Read("ltcusd.csv", kStudyCsv, TestOptions(), &first.summary->position);
  ASSERT_TRUE(again.summary);
  EXPECT_TRUE(again.summary->unchanged);
  EXPECT_EQ(again.rows.size(), 0u);
  EXPECT_EQ(again.summary->content_bytes, 0);
  EXPECT_EQ(again.summary->position.content_hash, first.summary->position.content_hash);
}

TEST(RowReader, GrownFilesAreReadOnFromWhereTheyEnded) {
  const ReadResult first = Read("ltcusd.csv", kStudyCsv);
  const std::string grown = std::string(kStudyCsv) + "1368980220000,4,4,4,4,1\nbad\n";
  const ReadResult more = Read("ltcusd.csv", grown, TestOptions(), &first.summary->position);
  ASSERT_TRUE(more.summary);
  EXPECT_TRUE(more.summary->resumed);
  ASSERT_EQ(more.rows.size(), 1u);
  EXPECT_EQ(more.rows[0].candle.open, 4);
  EXPECT_EQ(more.summary->resumed_at, static_cast<int64_t>(sizeof(kStudyCsv)) - 1);
  EXPECT_EQ(more.summary->resumed_at + more.summary->content_bytes,
            static_cast<int64_t>(grown.size()));
  ASSERT_EQ(more.rejects.size(), 1u);
  EXPECT_EQ(more.rejects[0].line, 5) << "lines are counted from the start of the file";
  EXPECT_EQ(grown.substr(static_cast<size_t>(more.rejects[0].position), 3), "bad");
}

TEST(RowReader, ChangedFilesAreReadWhole) {
  const ReadResult first = Read("ltcusd.csv", kStudyCsv);
  std::string changed = std::string(kStudyCsv) + "1368980220000,4,4,4,4,1\n";
  changed[50] = '2';
  const ReadResult more = Read("ltcusd.csv", changed, TestOptions(), &first.summary->position);
  ASSERT_TRUE(more.summary);
  EXPECT_FALSE(more.summary->resumed);
  EXPECT_EQ(more.summary->read, 3);
}

TEST(RowReader, LastLineWithoutAnEndIsARowAndReadAgainWhenItGoesOn) {
  const std::string begun = std::string(kStudyCsv) + "1368980220000,4,4,4,4,2";
  const ReadResult first = Read("ltcusd.csv", begun);
  ASSERT_EQ(first.rows.size(), 3u);
  EXPECT_EQ(first.rows[2].candle.volume, 2);
  EXPECT_EQ(first.summary->position.bytes, static_cast<int64_t>(begun.size()));
  EXPECT_TRUE(
      Read("ltcusd.csv", begun, TestOptions(), &first.summary->position).summary->unchanged);

  const ReadResult longer =
      Read("ltcusd.csv", begun + "7.5\n", TestOptions(), &first.summary->position);
  ASSERT_EQ(longer.rows.size(), 1u) << "the whole line once more: a correction";
  EXPECT_EQ(longer.rows[0].candle.volume, 27.5);
  EXPECT_EQ(longer.summary->resumed_at, static_cast<int64_t>(sizeof(kStudyCsv)) - 1);

  const ReadResult ended = Read("ltcusd.csv", begun + "\n1368980280000,5,5,5,5,1\n", TestOptions(),
                                &first.summary->position);
  ASSERT_EQ(ended.rows.size(), 1u) << "it only lacked its end";
  EXPECT_EQ(ended.rows[0].candle.open, 5);
}

TEST(RowReader, LastLineCutShortIsTruncatedAndReadWholeLater) {
  const std::string cut = std::string(kStudyCsv) + "1368980220000,4,4,4";
  const ReadResult first = Read("ltcusd.csv", cut);
  EXPECT_EQ(first.Reasons(), std::vector<std::string>{"truncated@4"});
  const ReadResult more =
      Read("ltcusd.csv", cut + ",4,2\n", TestOptions(), &first.summary->position);
  ASSERT_EQ(more.rows.size(), 1u);
  EXPECT_EQ(more.rows[0].candle.volume, 2);
  EXPECT_TRUE(more.summary->resumed);
}

TEST(RowReader, ErrorsOfTheSinkEndTheRead) {
  class Refuses : public RowSink {
    Status OnCandles(const SeriesId&, const CandleColumns&) override {
      return Fail(ErrorCode::kIo, "full");
    }
    Status OnRejects(std::span<const RejectedRow>) override { return {}; }
  } sink;
  const FileOf file("ltcusd.csv", kStudyCsv);
  const auto summary = ReadRows(file.input(), TestOptions(), {}, nullptr, sink);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code(), ErrorCode::kIo);
}

TEST(RowReader, MissingFilesAreNotFound) {
  const ReadResult got = Read(InputFile{"/nowhere/ltcusd.csv", 0, ""});
  EXPECT_EQ(got.summary.error().code(), ErrorCode::kNotFound);
}

// A file of `rows` minutes with damage sprinkled in; larger than several blocks.
std::string LongFile(int rows, bool json, uint64_t seed) {
  Random random(seed);
  std::string text = json ? "" : "time,open,close,high,low,volume\n";
  for (int i = 0; i < rows; ++i) {
    const double price = 1 + random.Uniform();
    const int64_t time = 1'400'000'040'000 + int64_t{60'000} * i;
    std::string line = json ? fmt::format(
                                  "{{\"time\": {0}, \"open\": {1}, \"close\": {1}, \"high\": {1}, "
                                  "\"low\": {1}, \"volume\": {2}}}",
                                  time, price, i)
                            : fmt::format("{0},{1},{1},{1},{1},{2}", time, price, i);
    if (random.Below(50) == 0)
      line[random.Below(line.size())] = static_cast<char>(32 + random.Below(95));
    if (random.Below(200) == 0) line += "\r";
    text += line + "\n";
  }
  return text;
}

TEST(RowReader, ThreadsDoNotChangeWhatIsRead) {
  for (const bool json : {false, true}) {
    const FileOf file(json ? "ltcusd.json" : "ltcusd.csv", LongFile(80'000, json, 5));
    const ReadResult one = Read(file.input());
    ThreadPool pool(3);
    CandleFileOptions options = TestOptions();
    options.threads = &pool;
    const ReadResult three = Read(file.input(), options);
    ASSERT_TRUE(one.summary && three.summary);
    EXPECT_TRUE(one.rows == three.rows);
    EXPECT_EQ(one.Reasons(), three.Reasons());
    EXPECT_GT(one.rejects.size(), 100u);
    EXPECT_EQ(one.summary->row_bytes, three.summary->row_bytes);
  }
}

// Reading a growing file in pieces, cut anywhere, gives the same rows as reading it once, where a
// row read from an unfinished line is replaced by the finished one.
TEST(RowReader, AnyCutsOfAGrowingFileGiveTheWhole) {
  for (const bool json : {false, true}) {
    const std::string text = LongFile(3'000, json, 11);
    const std::string name = json ? "ltcusd.json" : "ltcusd.csv";
    const ReadResult whole = Read(name, text);
    std::map<int64_t, double> expected, got;
    for (const auto& row : whole.rows) expected[row.candle.open_time.us] = row.candle.volume;
    Random random(json ? 3 : 4);
    FileOf file(name, "");
    FilePosition position;
    bool has_position = false;
    int64_t covered = 0;
    for (size_t size = text.size() / 2; covered < static_cast<int64_t>(text.size());
         size = std::min(text.size(), size + 1 + random.Below(9'000))) {
      file.Write(std::string_view(text).substr(0, size));
      const ReadResult part = Read(file.input(), TestOptions(), has_position ? &position : nullptr);
      ASSERT_TRUE(part.summary) << part.summary.error().message();
      if (part.summary->unchanged) continue;
      EXPECT_EQ(part.summary->resumed, has_position);
      EXPECT_LE(part.summary->resumed_at, covered);
      EXPECT_EQ(part.summary->resumed_at + part.summary->content_bytes, static_cast<int64_t>(size));
      covered = part.summary->resumed_at + part.summary->content_bytes;
      for (const auto& row : part.rows) got[row.candle.open_time.us] = row.candle.volume;
      position = part.summary->position;
      has_position = true;
    }
    EXPECT_EQ(got, expected);
    EXPECT_EQ(position.content_hash, whole.summary->position.content_hash);
  }
}

// Damage anywhere costs the damaged rows and no other: every record that still stands there byte
// for byte is delivered.
TEST(RowReader, DamagedFilesLoseNoUndamagedRow) {
  for (int seed = 0; seed < 20; ++seed) {
    Random random(static_cast<uint64_t>(seed));
    for (const std::string kind : {"csv", "lines", "document"}) {
      SCOPED_TRACE(fmt::format("{} {}", kind, seed));
      std::vector<std::string> records;
      for (int i = 0; i < 400; ++i) {
        const int64_t time = 1'400'000'040'000 + int64_t{60'000} * i;
        records.push_back(
            kind == "csv"
                ? fmt::format("{},1.5,1.5,1.5,1.5,{}", time, i)
                : fmt::format("{{\"time\": {}, \"open\": 1.5, \"close\": 1.5, \"high\": 1.5, "
                              "\"low\": 1.5, \"volume\": {}}}",
                              time, i));
      }
      std::string text = kind == "csv"     ? "time,open,close,high,low,volume\n"
                         : kind == "lines" ? ""
                                           : "{\"results\":[";
      const size_t head = text.size() + 3 * records[0].size();
      for (const std::string& record : records) text += record + (kind == "document" ? ", " : "\n");
      if (kind == "document") text.replace(text.size() - 2, 2, "], \"count\": 400}");
      for (int n = 0; n < 12; ++n) {
        const size_t at = head + random.Below(text.size() - head);
        const char byte = "0123456789.,-e\"{}[]:\n "[random.Below(22)];
        if (n % 3 == 0) text[at] = byte;
        if (n % 3 == 1) text.insert(at, 1, byte);
        if (n % 3 == 2) text.erase(at, 1 + random.Below(9));
      }
      const ReadResult got = Read(kind == "csv" ? "ltcusd.csv" : "ltcusd.json", text);
      ASSERT_TRUE(got.summary) << got.summary.error().message();
      EXPECT_EQ(got.summary->content_bytes, static_cast<int64_t>(text.size()));
      std::set<double> volumes;
      for (const auto& row : got.rows) volumes.insert(row.candle.volume);
      for (size_t i = 0; i < records.size(); ++i) {
        const std::string whole = kind == "document" ? records[i] : "\n" + records[i] + "\n";
        if (text.find(whole) == std::string::npos) continue;
        EXPECT_TRUE(volumes.contains(static_cast<double>(i))) << records[i];
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
