// The trades of one minute, kept in order and each once: what `CandleStream` is made of.
//
// The order is that of the lake: time, sequence (the id's number where there is none), id. Two rows
// are the same trade when time and id are equal; without ids, when time and sequence are. A row
// that was held before, in any version, is a repeat; another version of a trade takes its place,
// and the one it replaces is kept to be known again. Appending the next trade in order is the cheap
// case.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/candle/trade_sums.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/trade.h"

namespace tidemark {

// A candle without its times. Without trades it is none.
struct CandleValues {
  double open = 0, high = 0, low = 0, close = 0, volume = 0;  // base currency
  double vwap = 0;                         // null in a roll-up whose bars have no volume
  double buy_volume = 0, sell_volume = 0;  // by the taker's side; the rest is unknown
  int64_t trades = 0;
};

class MinuteTrades {
 public:
  enum class Took { kNew, kRepeated, kRevised };
  static constexpr size_t kRowBytes = 48;  // of memory and when saved, texts not counted

  // Appends rows from `begin` on while each is in order after all held and before `minute_end`;
  // returns the first row it did not take. REQUIRES !empty().
  size_t Append(const TradeColumns& rows, size_t begin, size_t end, int64_t minute_end);
  // Takes a row of this minute wherever it belongs.
  Took Insert(const TradeColumns& rows, size_t i);

  bool empty() const { return rows_.empty(); }
  size_t rows() const { return rows_.size(); }
  // The candle of the trades that are not cancelled, as TradeBarFold makes it.
  CandleValues Values() const;
  void Reserve(size_t rows) { rows_.reserve(rows); }
  void Shrink();  // gives back what was reserved too much

  // Equal trades and versions, equal bytes.
  void Save(ByteWriter& out) const;
  // False when the bytes are not trades of the minute that opens at `open`.
  bool Load(ByteReader& in, int64_t open);

 private:
  struct Row {
    int64_t time, sequence, id;  // kNullInt: the id is text, or there is none
    double price, size;
    int32_t text;  // index into texts_; -1: none
    Side side;
    uint8_t cancelled;
    uint8_t superseded;  // another version has taken its place
    uint8_t zero = 0;
    bool counts() const { return (cancelled | superseded) == 0; }
  };
  static_assert(sizeof(Row) == kRowBytes);

  Row RowOf(const TradeColumns& rows, size_t i);
  std::string_view TextOf(const Row& row) const {
    return row.text < 0 ? std::string_view() : std::string_view(texts_[size_t(row.text)]);
  }
  bool SameTrade(const Row& a, const Row& b) const;
  bool Less(const Row& a, const Row& b) const;
  bool Valid(int64_t open) const;
  void Place(const Row& row);
  void Recount();
  void FindTopId();

  std::vector<Row> rows_;  // in order; versions of one trade beside each other only by chance
  std::vector<std::string> texts_;
  TradeSums sums_;
  int64_t top_id_ = kNullInt;  // the greatest number among the ids of the last time
};

}  // namespace tidemark
