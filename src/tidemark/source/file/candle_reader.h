// Reads one file of candles: bytes in, validated rows and rejects out, and where it got to.
//
// Formats, detection rules, reject reasons and the rules of positions:
// docs/internals/file-formats.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/base/s3.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/series.h"
#include "tidemark/source/file/input.h"
#include "tidemark/source/file/options.h"

namespace tidemark {

// How far a file has been read: `bytes` of the stored object (compressed as it lies there) and the
// ContentHash of exactly those bytes.
struct FilePosition {
  int64_t bytes = 0;
  std::string content_hash;
};

struct RejectedRow {
  int64_t position =
      0;               // of its first byte in the decoded content; of a Parquet file its row index
  int64_t line = 0;    // 1-based, in its member
  std::string reason;  // closed list: see RejectReason in row.h
  std::string message;
  std::string bytes;  // as they stand in the content, at most 64 KiB of them
};

struct ReadSummary {
  FilePosition position;
  bool unchanged = false;  // same bytes as `from`: nothing was delivered
  bool resumed = false;    // same prefix: only what follows was delivered
  // First content byte of this read. When resumed: from.bytes, or the start of the last line before
  // it if that line had no end and now goes on.
  int64_t resumed_at = 0;
  int64_t read = 0, placeholder = 0, rejected = 0;  // read = delivered + placeholder + rejected
  // Bytes of the decoded content from resumed_at on; they tile it. Placeholders are row bytes.
  int64_t header_bytes = 0, row_bytes = 0, reject_bytes = 0, separator_bytes = 0;
  int64_t content_bytes = 0;  // the sum of the four
  std::string layout;  // what was detected: "csv, header, time(ms) open close high low volume"
};

class CandleSink {
 public:
  virtual ~CandleSink() = default;
  // Rows of a series in file order, any number per call. All calls come from the thread that called
  // ReadCandles.
  virtual Status OnCandles(const SeriesId& series, const CandleColumns& rows) = 0;
  virtual Status OnRejects(std::span<const RejectedRow> rejects) = 0;
  virtual void OnProgress(int64_t /*bytes_done*/, int64_t /*bytes_total*/, int64_t /*rows*/) {}
};

// Reads `file`, from where `from` ends if that is possible (`from` may be null). An error of the
// sink ends the read and is returned. Errors: kNotFound, kPermission, kIo, kUnavailable, kConflict
// (an S3 object replaced while read), kParse (not a file of candles), kInvalidArgument (options
// that contradict the file; no symbol), each naming the file.
Result<ReadSummary> ReadCandles(const InputFile& file, const CandleFileOptions& options,
                                const S3Options& s3, const FilePosition* from, CandleSink& sink);

}  // namespace tidemark
