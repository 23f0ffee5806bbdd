#include "tidemark/source/file/delivery.h"

#include <algorithm>

#include "tidemark/base/check.h"
#include "tidemark/base/utf8.h"

namespace tidemark {

void Delivery::BeginMember(std::string name, std::string venue, std::optional<Symbol> symbol,
                           Interval interval) {
  member_ = std::move(name);
  series_.venue = std::move(venue);
  has_symbol_ = symbol.has_value();
  if (symbol) series_.symbol = *symbol;
  series_.interval = interval;
  lines_ = 0;
  ended_ = false;
}

void Delivery::SkipHeader(std::string_view bytes) {
  const auto newlines = std::count(bytes.begin(), bytes.end(), '\n');
  summary_.separator_bytes += newlines;
  summary_.header_bytes += static_cast<int64_t>(bytes.size()) - newlines;
  position_ += static_cast<int64_t>(bytes.size());
  lines_ += newlines;
}

Status Delivery::Deliver(BlockOutput& block, size_t size) {
  const auto bytes = static_cast<int64_t>(size);
  if (ended_) {  // behind the end of the records: part of the document around them
    summary_.header_bytes += bytes;
    position_ += bytes;
    return {};
  }
  CHECK(block.header_bytes + block.row_bytes + block.reject_bytes + block.separator_bytes == bytes);
  TM_TRY(Send(block));
  position_ += bytes;
  lines_ += block.lines;
  ended_ = block.ended;
  return {};
}

Status Delivery::DeliverApart(BlockOutput& block) { return Send(block); }

Status Delivery::Send(BlockOutput& block) {
  summary_.header_bytes += block.header_bytes;
  summary_.row_bytes += block.row_bytes;
  summary_.reject_bytes += block.reject_bytes;
  summary_.separator_bytes += block.separator_bytes;
  summary_.placeholder += block.placeholder;
  summary_.rejected += static_cast<int64_t>(block.rejects.size());
  summary_.read += block.rows + block.placeholder + static_cast<int64_t>(block.rejects.size());
  for (BlockOutput::SeriesRows& rows_of : block.series) {
    if (rows_of.candles.size() == 0 && rows_of.trades.rows() == 0) continue;
    SeriesId series = series_;
    if (rows_of.symbol) series.symbol = *rows_of.symbol;
    if (!rows_of.venue.empty()) series.venue = rows_of.venue;
    CHECK(rows_of.symbol || has_symbol_);
    if (rows_of.trades.rows() > 0) {
      TM_TRY(sink_.OnTrades({series.venue, series.symbol}, rows_of.trades));
    } else {
      TM_TRY(sink_.OnCandles(series, rows_of.candles));
    }
  }
  for (RejectedRow& reject : block.rejects) {
    reject.position += position_;
    reject.line += lines_ + 1;
    // Messages quote the file, which may hold anything; what is stored of them is text.
    reject.message = Printable(member_.empty() ? reject.message : member_ + ": " + reject.message);
  }
  if (!block.rejects.empty()) TM_TRY(sink_.OnRejects(block.rejects));
  return {};
}

Status Delivery::Remark(RejectReason reason, std::string message) {
  RejectedRow reject;
  reject.position = position_;
  reject.line = lines_ + 1;
  reject.reason = CodeOf(reason);
  reject.message = Printable(member_.empty() ? message : member_ + ": " + message);
  ++summary_.rejected;
  ++summary_.read;
  return sink_.OnRejects({&reject, 1});
}

}  // namespace tidemark
