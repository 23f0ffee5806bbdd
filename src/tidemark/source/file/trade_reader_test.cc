// Files of trades as the reader of files promises: positions, blocks, damage, packing, real files.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/base/parallel.h"
#include "tidemark/base/random.h"
#include "tidemark/source/file/reader_testing.h"

namespace tidemark {
namespace {

using testing_support::FileOf;
using testing_support::Read;
using testing_support::ReadResult;
using testing_support::TestOptions;
using testing_support::TradeOf;

constexpr char kName[] = "BTCUSDT-trades-2024-11-01.csv";

std::string Line(int64_t i) {
  return fmt::format("{},{}.5,0.5,1,{},{},True\n", 100 + i, 1 + i % 7, 1'730'419'200'000 + i,
                     i % 3 == 0 ? "True" : "False");
}

// A file of `rows` trades with damage sprinkled in.
std::string LongFile(int rows, const std::string& layout, uint64_t seed) {
  Random random(seed);
  std::string text = layout == "header" ? "time,price,size,side,id\n" : "";
  for (int i = 0; i < rows; ++i) {
    const double price = 1 + random.Uniform();
    const int64_t time = 1'400'000'040'123 + int64_t{7} * i;
    std::string line =
        layout == "binance"
            ? fmt::format("{},{},{},{},{},{},True", i + 1, random.Below(2) == 0 ? price : 68'936.5,
                          static_cast<double>(1 + random.Below(100'000'000)) / 1e5,
                          random.Below(1'000'000), time, random.Below(2) == 0 ? "True" : "False")
        : layout == "header"
            ? fmt::format("{},{},0.25,{},{:08x}-aaaa", time, price,
                          random.Below(2) == 0 ? "buy" : "sell", i)
            : fmt::format(R"([{}, "{}", null, "sell", {}, 0.25, 1])", time, i + 1, price);
    if (random.Below(50) == 0)
      line[random.Below(line.size())] = static_cast<char>(32 + random.Below(95));
    if (random.Below(200) == 0) line += "\r";
    text += line + "\n";
  }
  return text;
}

TEST(TradeReader, ThreadsAndBlocksDoNotChangeWhatIsRead) {
  for (const std::string layout : {"binance", "header", "lines"}) {
    SCOPED_TRACE(layout);
    const FileOf file(layout == "lines" ? "btcusdt.json" : "btcusdt.csv",
                      LongFile(60'000, layout, 5));
    const ReadResult one = Read(file.input());
    ThreadPool pool(3);
    CandleFileOptions options = TestOptions();
    options.threads = &pool;
    const ReadResult three = Read(file.input(), options);
    ASSERT_TRUE(one.summary && three.summary);
    EXPECT_TRUE(one.trades == three.trades);
    EXPECT_EQ(one.Reasons(), three.Reasons());
    EXPECT_GT(one.trades.size(), 58'000u);
    EXPECT_GT(one.rejects.size(), 100u);
    EXPECT_EQ(one.summary->row_bytes, three.summary->row_bytes);
    EXPECT_EQ(one.summary->content_bytes, file.input().size);
  }
}

// The quick path reads what the careful path reads: a quote on every line keeps the shape from
// matching.
TEST(TradeReader, TheQuickPathReadsWhatTheCarefulOneReads) {
  const std::string text = LongFile(20'000, "binance", 9);
  std::string quoted;
  for (size_t at = 0; at < text.size();) {
    const size_t comma = text.find(',', at), end = text.find('\n', at) + 1;
    // Only undamaged ids: a quote more would be another damage.
    const bool plain =
        comma < end && comma > at &&
        text.substr(at, comma - at).find_first_not_of("0123456789") == std::string::npos;
    quoted += plain && quoted.size() > 0
                  ? "\"" + text.substr(at, comma - at) + "\"" + text.substr(comma, end - comma)
                  : text.substr(at, end - at);
    at = end;
  }
  const ReadResult quick = Read(kName, text), careful = Read(kName, quoted);
  EXPECT_TRUE(quick.trades == careful.trades);
  EXPECT_EQ(quick.Reasons(), careful.Reasons());
}

// The last column is skipped, and must not take others with it.
TEST(TradeReader, AFieldTooManyIsARejectWhateverEndsTheLines) {
  for (const std::string end : {"\n", "\r\n"}) {
    std::string text;
    for (int64_t i = 0; i < 200; ++i) {
      const std::string line = Line(i);
      text += line.substr(0, line.size() - 1) + (i == 100 ? ",1" : "") + end;
    }
    const ReadResult read = Read(kName, text);
    EXPECT_EQ(read.trades.size(), 199u);
    EXPECT_EQ(read.Reasons(), std::vector<std::string>{"field_count@101"});
  }
}

TEST(TradeReader, GrownFilesWithIdsAreReadOnFromWhereTheyEnded) {
  const std::string begun = Line(0) + Line(1);
  const ReadResult first = Read(kName, begun);
  ASSERT_EQ(first.trades.size(), 2u);
  const FilePosition at = first.summary->position;
  EXPECT_TRUE(Read(kName, begun, TestOptions(), &at).summary->unchanged);
  const ReadResult more = Read(kName, begun + Line(2) + "bad\n", TestOptions(), &at);
  ASSERT_TRUE(more.summary->resumed);
  EXPECT_EQ(more.summary->resumed_at, static_cast<int64_t>(begun.size()));
  ASSERT_EQ(more.trades.size(), 1u);
  EXPECT_EQ(more.trades[0].id, "102");
  EXPECT_EQ(more.Reasons(), std::vector<std::string>{"field_count@4"});
}

TEST(TradeReader, GrownFilesWithoutIdsAreReadWhole) {
  const std::string begun = "1672531436,90.54,1.1\n1672531471,90.45,1\n";
  const ReadResult first = Read("BCHEUR.csv", begun);
  const ReadResult more =
      Read("BCHEUR.csv", begun + "1672531471,90.45,1\n", TestOptions(), &first.summary->position);
  ASSERT_TRUE(more.summary);
  EXPECT_FALSE(more.summary->resumed);
  EXPECT_EQ(more.trades.size(), 3u) << "an equal row behind the cut is a row";
}

// "time,price,size,id" cut inside the id leaves a trade with another id.
TEST(TradeReader, AFileThatGrowsInsideItsLastLineIsReadWhole) {
  const std::string begun = "time,price,amount,id\n1430438404645,236.47,0.2,8111041\n";
  const std::string cut = begun + "1430438406348,236.47,1.5,81110";
  const ReadResult first = Read("btcusd.csv", cut);
  ASSERT_EQ(first.trades.size(), 2u);
  const ReadResult grown =
      Read("btcusd.csv", cut + "42\n", TestOptions(), &first.summary->position);
  EXPECT_FALSE(grown.summary->resumed);
  ASSERT_EQ(grown.trades.size(), 2u);
  EXPECT_EQ(grown.trades[1].id, "8111042");
  const ReadResult ended = Read("btcusd.csv", cut + "\n1430438406349,236,1,8111043\n",
                                TestOptions(), &first.summary->position);
  EXPECT_TRUE(ended.summary->resumed);
  EXPECT_EQ(ended.trades.size(), 1u) << "it only lacked its end";
}

// A file with ids that grows in pieces: what is read last of every id is what the whole file says,
// but for the ids that an unfinished line had.
TEST(TradeReader, AnyCutsOfAGrowingFileGiveTheWhole) {
  for (const std::string layout : {"binance", "lines"}) {
    SCOPED_TRACE(layout);
    const std::string text = LongFile(2'000, layout, 11);
    const std::string name = layout == "lines" ? "btcusdt.json" : kName;
    const ReadResult whole = Read(name, text);
    Random random(3);
    FileOf file(name, "");
    FilePosition position;
    std::vector<TradeOf> got;
    size_t covered = 0;
    for (size_t size = text.size() / 2; covered < text.size();
         size = std::min(text.size(), size + 1 + random.Below(9'000))) {
      // Mostly after a line, as files grow that are written by lines.
      if (random.Below(4) > 0) size = std::min(text.size(), text.find('\n', size - 1) + 1);
      file.Write(std::string_view(text).substr(0, size));
      const ReadResult part = Read(file.input(), TestOptions(), covered > 0 ? &position : nullptr);
      ASSERT_TRUE(part.summary) << part.summary.error().message();
      if (part.summary->unchanged) continue;
      if (!part.summary->resumed) got.clear();
      EXPECT_EQ(part.summary->resumed_at + part.summary->content_bytes, static_cast<int64_t>(size));
      EXPECT_TRUE(!part.summary->resumed ||
                  part.summary->resumed_at == static_cast<int64_t>(covered));
      got.insert(got.end(), part.trades.begin(), part.trades.end());
      covered = size;
      position = part.summary->position;
    }
    EXPECT_TRUE(got == whole.trades);
  }
}

TEST(TradeReader, DamagedFilesLoseNoUndamagedRow) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    for (const std::string kind : {"csv", "lines", "document"}) {
      SCOPED_TRACE(fmt::format("{} {}", kind, seed));
      std::vector<std::string> records;
      for (int i = 0; i < 400; ++i) {
        const int64_t time = 1'400'000'040'123 + int64_t{60} * i;
        records.push_back(
            kind == "csv" ? fmt::format("{},1.5,1,2,{},True,True", 1000 + i, time)
                          : fmt::format(R"([{}, "{}", null, "buy", 1.5, 1, 1.5])", time, 1000 + i));
      }
      std::string text = kind == "document" ? "{\"trades\":[" : "";
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
      const ReadResult got = Read(kind == "csv" ? kName : "btcusdt.json", text);
      ASSERT_TRUE(got.summary) << got.summary.error().message();
      EXPECT_EQ(got.summary->content_bytes, static_cast<int64_t>(text.size()));
      std::set<std::string> ids;
      for (const TradeOf& trade : got.trades) ids.insert(trade.id);
      for (size_t i = 0; i < records.size(); ++i) {
        const std::string whole = kind == "document" ? records[i] : "\n" + records[i] + "\n";
        if (text.find(whole) == std::string::npos) continue;
        EXPECT_TRUE(ids.contains(std::to_string(1000 + i))) << records[i];
      }
    }
  }
}

TEST(TradeReader, SinksThatWantCandlesOnlyRefuseTrades) {
  class CandlesOnly : public RowSink {
    Status OnCandles(const SeriesId&, const CandleColumns&) override { return {}; }
    Status OnRejects(std::span<const RejectedRow>) override { return {}; }
  } sink;
  const FileOf file(kName, Line(0));
  const auto summary = ReadRows(file.input(), TestOptions(), {}, nullptr, sink);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code(), ErrorCode::kUnsupported);
}

// The real files of ../shared/data/trades: rows, how many of them equal another one, and the first.
struct RealFile {
  const char* path;
  const char* symbol;
  size_t rows, repeats;
  const char* first;
};

class RealTrades : public testing::TestWithParam<RealFile> {};

TEST_P(RealTrades, EveryRowIsRead) {
  const RealFile& real = GetParam();
  const std::string path = std::string("../shared/data/trades/") + real.path;
  const auto size = FileSize(path);
  if (!size) GTEST_SKIP() << "no " << path;
  CandleFileOptions options = TestOptions();
  if (*real.symbol != '\0') options.symbol = *Symbol::Parse(real.symbol);
  const ReadResult got = Read(InputFile{path, *size, ""}, options);
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  EXPECT_TRUE(got.summary->trades) << got.summary->layout;
  EXPECT_EQ(got.rejects.size(), 0u);
  ASSERT_EQ(got.trades.size(), real.rows);
  const TradeOf& t = got.trades[0];
  EXPECT_EQ(fmt::format("{} {} {} {} {} {}", t.series.symbol.text(), FormatTime(t.time),
                        t.id.empty() ? "-" : t.id, t.price, t.size,
                        t.side == Side::kUnknown ? "?" : NameOf(t.side)),
            real.first);
  std::set<std::string> fresh;
  for (const TradeOf& trade : got.trades) {
    fresh.insert(fmt::format("{} {} {} {} {}", trade.time.us, trade.id, trade.price, trade.size,
                             NameOf(trade.side)));
  }
  EXPECT_EQ(real.rows - fresh.size(), real.repeats);
}

INSTANTIATE_TEST_SUITE_P(
    Files, RealTrades,
    testing::Values(RealFile{"bitstamp/trades.csv", "BTC-USD", 575, 0,
                             "BTC-USD 2015-05-01T00:00:04.645Z 8111041 236.47 0.21144331 ?"},
                    RealFile{"binance/XRP_ETH-trades.json.gz", "", 12'477, 0,
                             "XRP-ETH 2019-10-11T00:00:11.620Z 13519807 0.00141342 23 sell"},
                    RealFile{"binance/XRP_OLD-trades.json.gz", "", 12'477, 0,
                             "XRP-ETH 2019-10-11T00:00:11.620Z 13519807 0.00141342 23 sell"},
                    RealFile{"binance/public_trades_list.csv", "ETH-USDT", 1'000, 0,
                             "ETH-USDT 2023-02-02T09:20:00.138Z 1206419187 1666.8 26.062 buy"},
                    RealFile{"binance/BTCUSDT_24h-trades_2020_11_16.csv", "", 1'000, 45,
                             "BTC-USDT 2020-11-16T04:10:46Z - 15993.5 0.026472 ?"},
                    RealFile{"kraken/BCHEUR.csv", "", 148, 1,
                             "BCH-EUR 2023-01-01T00:03:56Z - 90.54 1.1044842 ?"},
                    RealFile{"kraken/BCHEUR.q2.csv", "", 486, 48,
                             "BCH-EUR 2023-01-02T00:48:56Z - 90.07 1.1 ?"},
                    RealFile{"rest/binance.aggTrades.BTCUSDT.json", "", 1'000, 0,
                             "BTC-USDT 2020-01-02T15:10:23.305Z 202790190 7139.89 0.067023 buy"},
                    RealFile{"rest/binance.trades.ETHBTC.json", "", 1'000, 0,
                             "ETH-BTC 2023-03-20T02:45:37.591Z 409018748 0.064362 0.0158 buy"},
                    RealFile{"rest/binance_futures.aggTrades.LTCUSDT.json", "", 500, 0,
                             "LTC-USDT 2020-10-16T03:41:37.783Z 19427407 49.73 0.001 sell"},
                    RealFile{"rest/bitstamp.transactions.btcusd.hour.json", "", 383, 0,
                             "BTC-USD 2019-06-14T03:11:08Z 90574283 8194.79 0.00288599 sell"},
                    RealFile{"rest/bitstamp.transactions.ltcusd.json", "", 62, 0,
                             "LTC-USD 2020-08-31T05:11:39Z 121711825 62.28 2 buy"},
                    RealFile{"rest/gemini.trades.BTCUSD.json", "", 500, 0,
                             "BTC-USD 2020-06-06T00:54:16.618Z 607568549 9593.65 0.0002916 buy"}));

}  // namespace
}  // namespace tidemark
