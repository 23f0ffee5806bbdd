// The simulator's manifest against the reader of real files: neither knows the other's code.
#include <gtest/gtest.h>

#include "tidemark/base/file.h"
#include "tidemark/source/file/row_reader.h"
#include "tidemark/source/simulator/candle_simulator.h"

namespace tidemark {
namespace {

class CountingSink : public RowSink {
 public:
  Status OnCandles(const SeriesId&, const CandleColumns& candles) override {
    rows += static_cast<int64_t>(candles.size());
    return {};
  }
  Status OnRejects(std::span<const RejectedRow> rows_rejected) override {
    for (const RejectedRow& row : rows_rejected) positions.push_back(row.position);
    return {};
  }
  int64_t rows = 0;
  std::vector<int64_t> positions;
};

TEST(SimulatedFiles, TheReaderCountsWhatTheManifestPlanted) {
  const std::string folder = *MakeTemporaryDirectory("tidemark-simulated-read");
  SimulateOptions options;
  options.days = 60;
  options.duplicates = 0.01;
  options.late = 0.01;
  options.corrections = 0.005;
  options.corrupted = 0.004;
  options.placeholders = 0.01;
  options.symbols.push_back(*ParseSimulatedSymbol("BTC-USD:results"));
  const auto manifest = SimulateFiles(options, folder);
  ASSERT_TRUE(manifest) << manifest.error().message();
  for (const SimulatedFile& file : manifest->files) {
    SCOPED_TRACE(file.path);
    CandleFileOptions reading;
    reading.now = {options.start.us + 365 * kMicrosPerDay};
    InputFile input;
    input.uri = file.path;
    input.size = file.bytes;
    CountingSink sink;
    const auto summary = ReadRows(input, reading, {}, nullptr, sink);
    ASSERT_TRUE(summary) << summary.error().message();
    EXPECT_EQ(summary->read, file.read);
    EXPECT_EQ(summary->rejected, file.rejected);
    EXPECT_EQ(summary->placeholder, file.placeholder);
    EXPECT_EQ(sink.rows, file.fresh + file.revised + file.duplicate);
    std::vector<int64_t> planted;
    for (const PlantedReject& reject : file.first_rejects) planted.push_back(reject.position);
    EXPECT_EQ(sink.positions, planted);
  }
  EXPECT_TRUE(RemoveTree(folder));
}

}  // namespace
}  // namespace tidemark
