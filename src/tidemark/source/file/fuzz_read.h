// What every fuzz target of the reader does: any bytes are read without a crash, counts add up,
// bytes tile, and reading with two threads says the same.
#pragma once

#include <string>
#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/utf8.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {

class FuzzSink : public RowSink {
 public:
  Status OnCandles(const SeriesId& series, const CandleColumns& rows) override {
    for (size_t i = 0; i < rows.size(); ++i) {
      const Candle c = rows.At(i);
      CHECK(c.low > 0 && c.low <= c.open && c.low <= c.close && c.high >= c.open &&
            c.high >= c.close);
      CHECK(c.high < 17592186044416.0 && !(c.volume < 0));
      CHECK(series.interval.OpenOf(c.open_time) == c.open_time);
      ++count;
    }
    return {};
  }
  Status OnTrades(const TradeSeriesId& series, const TradeColumns& rows) override {
    CHECK(!series.venue.empty() && !series.symbol.text().empty());
    CHECK(rows.id_text.empty() || rows.id_text.size() == rows.rows());
    CHECK(rows.id.size() == rows.rows() && rows.sequence.size() == rows.rows());
    CHECK(rows.side.size() == rows.rows() && rows.cancelled.size() == rows.rows());
    for (size_t i = 0; i < rows.rows(); ++i) {
      CHECK(rows.price[i] > 0 && rows.price[i] < 17592186044416.0);
      CHECK(rows.size[i] > 0 && rows.size[i] < 17592186044416.0);
      CHECK(rows.id[i] == kNullInt || rows.id_text.empty() || rows.id_text[i].empty());
      CHECK(IsUtf8(rows.IdText(i)));
      ++count;
    }
    trades = true;
    return {};
  }
  Status OnRejects(std::span<const RejectedRow> rejects) override {
    rejected += static_cast<int64_t>(rejects.size());
    for (const RejectedRow& reject : rejects)
      CHECK(!reject.reason.empty() && !reject.message.empty());
    return {};
  }
  int64_t count = 0, rejected = 0;
  bool trades = false;
};

inline void FuzzRead(const std::string& name, std::string_view bytes) {
  static const std::string folder = *MakeTemporaryDirectory("tidemark-fuzz-");
  const std::string path = folder + "/" + name;
  CHECK(WriteFileSynced(path, bytes));
  CandleFileOptions options;
  options.now = {1'767'225'600 * kMicrosPerSecond};
  FuzzSink sink;
  const auto summary =
      ReadRows({path, static_cast<int64_t>(bytes.size()), ""}, options, {}, nullptr, sink);
  if (!summary) {
    CHECK(summary.error().code() == ErrorCode::kParse ||
          summary.error().code() == ErrorCode::kInvalidArgument);
    return;
  }
  CHECK(summary->trades || !sink.trades);
  CHECK(summary->read == sink.count + summary->placeholder + sink.rejected);
  CHECK(summary->position.bytes == static_cast<int64_t>(bytes.size()));
  FuzzSink again;
  const auto same = ReadRows({path, static_cast<int64_t>(bytes.size()), ""}, options, {},
                             &summary->position, again);
  CHECK(same && same->unchanged && again.count == 0);
  // Half the file, then the whole from there.
  const FilePosition half{static_cast<int64_t>(bytes.size() / 2),
                          ContentHash::Of(bytes.substr(0, bytes.size() / 2))};
  FuzzSink rest;
  const auto resumed =
      ReadRows({path, static_cast<int64_t>(bytes.size()), ""}, options, {}, &half, rest);
  CHECK(resumed && resumed->position.content_hash == summary->position.content_hash);
  CHECK(rest.count <= sink.count);
  CHECK(!resumed->resumed || !resumed->trades || resumed->with_ids);
}

}  // namespace tidemark
