#include <gtest/gtest.h>

#include <bit>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/source/file/reader_testing.h"

namespace tidemark::testing_support {
namespace {

class Collector : public RowSink {
 public:
  explicit Collector(ReadResult& result) : result_(result) {}
  Status OnCandles(const SeriesId& series, const CandleColumns& rows) override {
    EXPECT_GT(rows.size(), 0u);
    for (size_t i = 0; i < rows.size(); ++i) result_.rows.push_back({series, rows.At(i)});
    return {};
  }
  Status OnTrades(const TradeSeriesId& series, const TradeColumns& rows) override {
    EXPECT_GT(rows.rows(), 0u);
    for (size_t i = 0; i < rows.rows(); ++i) {
      EXPECT_EQ(rows.cancelled[i], 0);
      result_.trades.push_back({series,
                                {rows.time[i]},
                                rows.IdText(i),
                                rows.price[i],
                                rows.size[i],
                                rows.side[i],
                                rows.sequence[i]});
    }
    return {};
  }
  Status OnRejects(std::span<const RejectedRow> rejects) override {
    result_.rejects.insert(result_.rejects.end(), rejects.begin(), rejects.end());
    return {};
  }

 private:
  ReadResult& result_;
};

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

}  // namespace

bool operator==(const RowOf& a, const RowOf& b) {
  return a.series == b.series && a.candle.open_time == b.candle.open_time &&
         SameBits(a.candle.open, b.candle.open) && SameBits(a.candle.high, b.candle.high) &&
         SameBits(a.candle.low, b.candle.low) && SameBits(a.candle.close, b.candle.close) &&
         SameBits(a.candle.volume, b.candle.volume);
}

std::vector<std::string> ReadResult::Reasons() const {
  std::vector<std::string> reasons;
  for (const RejectedRow& r : rejects) reasons.push_back(r.reason + "@" + std::to_string(r.line));
  return reasons;
}

FileOf::FileOf(const std::string& name, std::string_view bytes) {
  folder_ = *MakeTemporaryDirectory("tidemark-test-");
  path_ = folder_ + "/" + name;
  Write(bytes);
}
FileOf::~FileOf() { (void)RemoveTree(folder_); }
void FileOf::Write(std::string_view bytes) { CHECK(WriteFileSynced(path_, bytes)); }
InputFile FileOf::input() const { return {path_, *FileSize(path_), ""}; }

CandleFileOptions TestOptions() {
  CandleFileOptions options;
  options.now = {1'767'225'600 * kMicrosPerSecond};
  return options;
}

// Checks on every read what must always hold: counts add up and bytes tile.
ReadResult Read(const InputFile& file, const CandleFileOptions& options, const FilePosition* from,
                const S3Options& s3) {
  ReadResult result;
  Collector collector(result);
  result.summary = ReadRows(file, options, s3, from, collector);
  if (result.summary && !result.summary->unchanged) {
    const ReadSummary& s = *result.summary;
    EXPECT_EQ(s.read, static_cast<int64_t>(result.rows.size() + result.trades.size()) +
                          s.placeholder + s.rejected);
    EXPECT_EQ(s.trades && !result.rows.empty(), false);
    EXPECT_EQ(!s.trades && !result.trades.empty(), false);
    EXPECT_EQ(s.rejected, static_cast<int64_t>(result.rejects.size()));
    EXPECT_EQ(s.content_bytes, s.header_bytes + s.row_bytes + s.reject_bytes + s.separator_bytes);
  }
  return result;
}

ReadResult Read(const std::string& name, std::string_view bytes, const CandleFileOptions& options,
                const FilePosition* from) {
  const FileOf file(name, bytes);
  return Read(file.input(), options, from);
}

}  // namespace tidemark::testing_support
