#include "tidemark/source/simulator/candle_simulator.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <map>
#include <set>

#include "tidemark/base/file.h"

namespace tidemark {
namespace {

class CandleSimulator : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = *MakeTemporaryDirectory("tidemark-simulate"); }
  void TearDown() override { EXPECT_TRUE(RemoveTree(folder_)); }
  std::string folder_;
};

SimulateOptions Dirty() {
  SimulateOptions options;
  options.seed = 7;
  options.rows = 20'000;
  options.duplicates = 0.05;
  options.late = 0.03;
  options.corrections = 0.02;
  options.corrupted = 0.01;
  options.placeholders = 0.02;
  options.max_delay_rows = 700;
  options.symbols.push_back(*ParseSimulatedSymbol("BTC-USD:results"));
  return options;
}

std::vector<std::string> LinesOf(const std::string& path) {
  std::vector<std::string> lines;
  const std::string text = *ReadFile(path);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

struct Row {
  int64_t time = 0;
  double open = 0, close = 0, high = 0, low = 0, volume = 0;
  auto operator<=>(const Row&) const = default;
};

// A plain reader of one line: -1 damaged, 0 placeholder, 1 row.
int ParseLine(std::string line, bool csv, Row* row) {
  if (!csv && line.ends_with(',')) line.pop_back();
  std::vector<std::string> values;
  if (csv) {
    for (size_t at = 0; at <= line.size();) {
      const size_t end = std::min(line.find(',', at), line.size());
      values.push_back(line.substr(at, end - at));
      at = end + 1;
    }
  } else {
    for (const char* key : {"time", "open", "close", "high", "low", "volume"}) {
      const std::string mark = std::string("\"") + key + "\": ";
      const size_t at = line.find(mark);
      if (at == std::string::npos) return -1;
      const size_t end = line.find_first_of(",}", at);
      if (end == std::string::npos) return -1;
      values.push_back(line.substr(at + mark.size(), end - at - mark.size()));
      if (values.back() == "null") values.back().clear();
    }
  }
  if (values.size() != 6) return -1;
  double numbers[6];
  bool empty = true;
  for (int i = 1; i < 6; ++i) empty = empty && values[i].empty();
  for (int i = 0; i < (empty ? 1 : 6); ++i) {
    char* end = nullptr;
    numbers[i] = std::strtod(values[i].c_str(), &end);
    if (values[i].empty() || *end != 0) return -1;
  }
  if (values[0].find('E') != std::string::npos) return -1;
  if (numbers[0] < 1.23e12 || numbers[0] > 4.2e12) return -1;
  if (static_cast<int64_t>(numbers[0]) % 60'000 != 0) return -1;
  if (empty) return 0;
  *row = {
      static_cast<int64_t>(numbers[0]), numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
  for (const double price : {row->open, row->close, row->high, row->low}) {
    if (!(price > 0 && price < 17592186044416.0)) return -1;
  }
  if (row->volume < 0 || row->low > std::min(row->open, row->close)) return -1;
  return row->high < std::max(row->open, row->close) ? -1 : 1;
}

struct Counted {
  int64_t fresh = 0, revised = 0, duplicate = 0, rejected = 0, placeholder = 0, late = 0;
  std::map<int64_t, Row> rows;
};

Counted CountFile(const std::string& path, bool csv) {
  Counted counted;
  std::map<int64_t, std::set<Row>> versions;
  int64_t latest = INT64_MIN;
  for (const std::string& line : LinesOf(path)) {
    if (line.starts_with("time,") || line == "{\"results\":[" || line == "]}") continue;
    Row row;
    const int verdict = ParseLine(line, csv, &row);
    if (verdict < 0) {
      ++counted.rejected;
    } else if (verdict == 0) {
      ++counted.placeholder;
    } else if (versions[row.time].empty()) {
      ++counted.fresh;
      counted.late += row.time < latest;
    } else if (versions[row.time].contains(row)) {
      ++counted.duplicate;
    } else {
      ++counted.revised;
    }
    if (verdict <= 0) continue;
    latest = std::max(latest, row.time);
    if (versions[row.time].insert(row).second) counted.rows[row.time] = row;
  }
  return counted;
}

TEST_F(CandleSimulator, TheManifestCountsWhatAPlainReaderFindsInTheFiles) {
  const auto manifest = SimulateFiles(Dirty(), folder_);
  ASSERT_TRUE(manifest) << manifest.error().message();
  ASSERT_EQ(manifest->files.size(), 3u);
  for (const SimulatedFile& file : manifest->files) {
    SCOPED_TRACE(file.path);
    const bool csv = file.path.ends_with(".csv");
    const Counted counted = CountFile(file.path, csv);
    EXPECT_EQ(counted.fresh, file.fresh);
    EXPECT_EQ(counted.revised, file.revised);
    EXPECT_EQ(counted.duplicate, file.duplicate);
    EXPECT_EQ(counted.rejected, file.rejected);
    EXPECT_EQ(counted.placeholder, file.placeholder);
    EXPECT_EQ(counted.late, file.late);
    EXPECT_GT(file.revised, 100);
    EXPECT_GT(file.duplicate, 300);
    EXPECT_GT(file.late, 100);
    EXPECT_GT(file.rejected, 50);
    EXPECT_EQ(file.read,
              file.fresh + file.revised + file.duplicate + file.rejected + file.placeholder);
    EXPECT_EQ(file.bytes, *FileSize(file.path));
    // The rows that survive are the truth, which is in order and clean.
    const Counted truth = CountFile(file.truth_path, csv);
    EXPECT_EQ(truth.fresh, file.truth_rows);
    EXPECT_EQ(truth.late + truth.revised + truth.duplicate + truth.rejected + truth.placeholder, 0);
    EXPECT_TRUE(counted.rows == truth.rows);
  }
}

TEST_F(CandleSimulator, EveryKindOfDamageIsPlantedWhereTheManifestSays) {
  const auto manifest = SimulateFiles(Dirty(), folder_);
  ASSERT_TRUE(manifest);
  for (const SimulatedFile& file : manifest->files) {
    const bool document = file.symbol == "BTC-USD";
    const std::vector<std::string> lines = LinesOf(file.path);
    const std::string text = *ReadFile(file.path);
    int64_t total = 0;
    for (int kind = 0; kind < kDamageKinds; ++kind) {
      total += file.damage[static_cast<size_t>(kind)];
      EXPECT_TRUE(document || file.damage[static_cast<size_t>(kind)] > 0) << kind;
    }
    EXPECT_EQ(total, file.rejected);
    for (const PlantedReject& reject : file.first_rejects) {
      const std::string& line = lines[static_cast<size_t>(reject.line - 1)];
      EXPECT_EQ(text.compare(static_cast<size_t>(reject.position), line.size(), line), 0);
      Row row;
      EXPECT_EQ(ParseLine(line, file.path.ends_with(".csv"), &row), -1) << line;
    }
  }
}

TEST_F(CandleSimulator, DocumentsParseAsJson) {
  ASSERT_TRUE(SimulateFiles(Dirty(), folder_));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  ASSERT_EQ(parser.load(folder_ + "/btcusd.json").get(document), simdjson::SUCCESS);
  EXPECT_GT(document["results"].get_array().size(), 20'000u);
  ASSERT_EQ(parser.load(folder_ + "/manifest.json").get(document), simdjson::SUCCESS);
  EXPECT_EQ(document["files"].get_array().size(), 3u);
}

TEST_F(CandleSimulator, TheSameSeedWritesTheSameBytesAndAnotherSeedOthers) {
  SimulateOptions options = Dirty();
  ASSERT_TRUE(SimulateFiles(options, folder_ + "/a"));
  ASSERT_TRUE(SimulateFiles(options, folder_ + "/b"));
  options.seed = 8;
  ASSERT_TRUE(SimulateFiles(options, folder_ + "/c"));
  for (const char* name : {"/ltcusd.csv", "/ethusd.json", "/truth/ltcusd.csv"}) {
    EXPECT_TRUE(*ReadFile(folder_ + "/a" + name) == *ReadFile(folder_ + "/b" + name));
    EXPECT_FALSE(*ReadFile(folder_ + "/a" + name) == *ReadFile(folder_ + "/c" + name));
  }
}

TEST_F(CandleSimulator, ASymbolIsTheSameWithAndWithoutOthersBesideIt) {
  SimulateOptions options = Dirty();
  ASSERT_TRUE(SimulateFiles(options, folder_ + "/three"));
  options.symbols.resize(1);
  ASSERT_TRUE(SimulateFiles(options, folder_ + "/one"));
  EXPECT_TRUE(*ReadFile(folder_ + "/one/ltcusd.csv") == *ReadFile(folder_ + "/three/ltcusd.csv"));
}

TEST_F(CandleSimulator, DensityIsTheShareOfMinutesThatTrade) {
  SimulateOptions options;
  options.symbols.resize(1);
  options.days = 120;
  options.outages_per_year = 0;
  for (const double density : {0.05, 0.45, 0.97}) {
    options.density = density;
    const auto manifest = SimulateFiles(options, folder_);
    ASSERT_TRUE(manifest);
    EXPECT_NEAR(static_cast<double>(manifest->files[0].fresh) / (120 * 1440), density, 0.02);
  }
}

TEST_F(CandleSimulator, OutagesHaveNoRows) {
  SimulateOptions options;
  options.days = 200;
  options.outages_per_year = 40;
  const auto manifest = SimulateFiles(options, folder_);
  ASSERT_TRUE(manifest);
  for (const SimulatedFile& file : manifest->files) {
    ASSERT_GT(file.outages.size(), 5u);
    const Counted truth = CountFile(file.truth_path, file.path.ends_with(".csv"));
    for (const TimeRange& outage : file.outages) {
      EXPECT_EQ(truth.rows.lower_bound(outage.start.us / 1000),
                truth.rows.lower_bound(outage.end.us / 1000));
    }
  }
}

TEST_F(CandleSimulator, SharesOutsideTheUnitIntervalAreRefused) {
  SimulateOptions options;
  options.duplicates = 1.5;
  const auto manifest = SimulateFiles(options, folder_);
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code(), ErrorCode::kInvalidArgument);
}

TEST(CandleText, DecimalsHaveNoTrailingZeros) {
  const auto text = [](int64_t value, int decimals) {
    std::string out;
    AppendDecimal(value, decimals, &out);
    return out;
  };
  EXPECT_EQ(text(3149100, 6), "3.1491");
  EXPECT_EQ(text(42930, 3), "42.93");
  EXPECT_EQ(text(10000, 3), "10");
  EXPECT_EQ(text(5, 3), "0.005");
  EXPECT_EQ(text(500, 3), "0.5");
  EXPECT_EQ(text(0, 3), "0");
  EXPECT_EQ(text(1200, 0), "1200");
}

TEST(CandleText, SmallVolumesAreInExponentForm) {
  const auto text = [](int64_t value) {
    std::string out;
    AppendVolume(value, 0, &out);
    return out;
  };
  EXPECT_EQ(text(30), "3e-7");
  EXPECT_EQ(text(1), "1e-8");
  EXPECT_EQ(text(123), "1.23e-6");
  EXPECT_EQ(text(100'000'000), "1");
  EXPECT_EQ(text(1000), "0.00001");
}

}  // namespace
}  // namespace tidemark
