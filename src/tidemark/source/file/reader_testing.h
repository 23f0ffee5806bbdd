// Helpers of the reader's tests: a file from text, and everything the reader says about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemark/source/file/row_reader.h"

namespace tidemark::testing_support {

struct RowOf {
  SeriesId series;
  Candle candle;
};
// Equal with NaN equal to NaN.
bool operator==(const RowOf& a, const RowOf& b);

struct TradeOf {
  TradeSeriesId series;
  EventTime time;
  std::string id;
  double price = 0, size = 0;
  Side side = Side::kUnknown;
  int64_t sequence = kNullInt;
  bool operator==(const TradeOf&) const = default;
};

struct ReadResult {
  Result<ReadSummary> summary = Fail(ErrorCode::kInternal, "not read");
  std::vector<RowOf> rows;      // candles
  std::vector<TradeOf> trades;  // or trades
  std::vector<RejectedRow> rejects;
  // "reason@line", in order.
  std::vector<std::string> Reasons() const;
};

// A temporary folder with one file in it.
class FileOf {
 public:
  FileOf(const std::string& name, std::string_view bytes);
  ~FileOf();
  FileOf(const FileOf&) = delete;
  FileOf& operator=(const FileOf&) = delete;
  void Write(std::string_view bytes);
  InputFile input() const;
  const std::string& path() const { return path_; }

 private:
  std::string folder_, path_;
};

CandleFileOptions TestOptions();  // now = 2026-01-01
ReadResult Read(const std::string& name, std::string_view bytes,
                const CandleFileOptions& options = TestOptions(),
                const FilePosition* from = nullptr);
ReadResult Read(const InputFile& file, const CandleFileOptions& options = TestOptions(),
                const FilePosition* from = nullptr, const S3Options& s3 = {});

}  // namespace tidemark::testing_support
