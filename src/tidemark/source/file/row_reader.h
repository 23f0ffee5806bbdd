// Reads one file of candles or of trades: bytes in, validated rows and rejects out, and where it
// got to.
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
#include "tidemark/market/trade.h"
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
  // What was detected: "csv, header, time open close high low volume, interval 1m", "csv, no
  // header, id price size time side, trades".
  std::string layout;
  bool trades = false;    // the file holds trades; not told of an unchanged file
  bool with_ids = false;  // every one of its layouts has a column of trade ids
};

class RowSink {
 public:
  virtual ~RowSink() = default;
  // Rows of a series in file order, any number per call. All calls come from the thread that called
  // ReadRows.
  virtual Status OnCandles(const SeriesId& series, const CandleColumns& rows) = 0;
  // The default is kUnsupported: who wants candles only need not know of trades. All rows of the
  // file are given, equal ones too.
  virtual Status OnTrades(const TradeSeriesId& series, const TradeColumns& rows);
  virtual Status OnRejects(std::span<const RejectedRow> rejects) = 0;
  virtual void OnProgress(int64_t /*bytes_done*/, int64_t /*bytes_total*/, int64_t /*rows*/) {}
};

// Reads `file`, from where `from` ends if that is possible (`from` may be null). An error of the
// sink ends the read and is returned. Errors: kNotFound, kPermission, kIo, kUnavailable, kConflict
// (an S3 object replaced while read), kParse (neither candles nor trades), kInvalidArgument
// (options that contradict the file; no symbol), each naming the file.
Result<ReadSummary> ReadRows(const InputFile& file, const CandleFileOptions& options,
                             const S3Options& s3, const FilePosition* from, RowSink& sink);

}  // namespace tidemark
