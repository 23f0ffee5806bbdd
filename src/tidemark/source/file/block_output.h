// What one block of content becomes: rows by series, rejects, and counts of all its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/market/candle.h"
#include "tidemark/market/series.h"
#include "tidemark/market/trade.h"
#include "tidemark/source/file/row.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {

// Positions and lines of rejects are relative to the block.
class BlockOutput {
 public:
  struct SeriesRows {
    std::string symbol_text, venue_text;  // as last in the file; "" without such a column
    std::optional<Symbol> symbol;         // unset: the file's own
    std::string venue;                    // "": the file's own
    CandleColumns candles;                // one of the two is empty
    TradeColumns trades;
  };
  std::vector<SeriesRows> series;  // in order of first appearance
  std::vector<RejectedRow> rejects;
  int64_t rows = 0, placeholder = 0;
  int64_t header_bytes = 0, row_bytes = 0, reject_bytes = 0, separator_bytes = 0;
  int64_t lines = 0;      // line ends passed
  bool ended = false;     // the array of records was closed: what follows is not rows
  int64_t size_hint = 0;  // rows to expect

  // Takes a row that keeps every rule. False says nothing about why: File does.
  bool Take(const RowChecker& checker, RowValues& row) {
    return checker.Quick(row) && Add(checker.rules(), row);
  }
  // Checks and files a row whose record is `bytes` at `position`: as row, placeholder or reject.
  void File(const RowChecker& checker, RowValues& row, std::string_view bytes, int64_t position);
  void Reject(Rejection rejection, std::string_view bytes, int64_t position);

 private:
  // False when row.symbol is not a symbol or row.venue not a venue.
  bool Add(const RowRules& rules, const RowValues& row) {
    if (last_ == nullptr || row.symbol != last_->symbol_text || row.venue != last_->venue_text)
        [[unlikely]] {
      if (!SwitchSeries(rules, row)) return false;
    }
    ++rows;
    if (rules.trades) {
      AddTrade(row, last_->trades);
      return true;
    }
    CandleColumns& to = last_->candles;
    to.open_time.push_back(row.time_us);
    to.open.push_back(row.number[0]);
    to.high.push_back(row.number[1]);
    to.low.push_back(row.number[2]);
    to.close.push_back(row.number[3]);
    to.volume.push_back(row.number[4] + 0.0);  // -0 becomes 0
    return true;
  }
  static void AddTrade(const RowValues& row, TradeColumns& to) {
    if (!row.id.empty() || !to.id_text.empty()) [[unlikely]] {
      return AddTradeWithText(row, to);
    }
    to.time.push_back(row.time_us);
    to.sequence.push_back(row.sequence);
    to.id.push_back(row.id_number);
    to.price.push_back(row.price());
    to.size.push_back(row.size());
    to.side.push_back(row.side);
    to.cancelled.push_back(0);
  }
  static void AddTradeWithText(const RowValues& row, TradeColumns& to);
  bool SwitchSeries(const RowRules& rules, const RowValues& row);
  SeriesRows* last_ = nullptr;  // into `series`
};

}  // namespace tidemark
