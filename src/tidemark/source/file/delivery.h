// From parsed blocks to the sink: positions and lines made absolute, counts summed, series named.
#pragma once

#include <optional>
#include <string>

#include "tidemark/source/file/block_output.h"
#include "tidemark/source/file/row.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {

class Delivery {
 public:
  Delivery(RowSink& sink, ReadSummary& summary) : sink_(sink), summary_(summary) {}

  // A new member: where its content begins in all of the content, and what its rows belong to.
  void BeginMember(std::string name, std::string venue, std::optional<Symbol> symbol,
                   Interval interval);
  void SkipHeader(std::string_view bytes);  // content before the first block
  void SkipLines(int64_t lines) { lines_ += lines; }
  void SkipBytes(int64_t bytes) { position_ += bytes; }
  // The next block, `size` bytes of content.
  Status Deliver(BlockOutput& block, size_t size);
  // Rows whose bytes do not stand together: positions in `block` are of the member's content
  // already. The position does not move; SkipBytes past the member when it is done.
  Status DeliverApart(BlockOutput& block);
  // A reject of no bytes, at the current position.
  Status Remark(RejectReason reason, std::string message);
  int64_t rows() const { return summary_.read; }
  void Progress(int64_t done, int64_t total) { sink_.OnProgress(done, total, summary_.read); }

 private:
  Status Send(BlockOutput& block);
  RowSink& sink_;
  ReadSummary& summary_;
  std::string member_;
  SeriesId series_;
  bool has_symbol_ = false;
  int64_t position_ = 0;  // of the next byte
  int64_t lines_ = 0;     // line ends before it, in this member
  bool ended_ = false;
};

}  // namespace tidemark
