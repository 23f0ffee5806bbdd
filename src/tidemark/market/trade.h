// Trades of one symbol: one of them, and columns of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/market/batch.h"

namespace tidemark {

// Of the taker, who crossed the spread.
enum class Side : uint8_t { kUnknown, kBuy, kSell };

// "buy", "sell"; "" for kUnknown.
constexpr std::string_view NameOf(Side side) {
  return side == Side::kBuy ? "buy" : side == Side::kSell ? "sell" : "";
}

struct Trade {
  EventTime time;               // at the venue
  int64_t sequence = kNullInt;  // the venue's order; kNullInt: the id's number, if it is one
  std::string_view id = {};     // as the venue spells it; "" when it gives none
  double price = 0;             // quote currency per unit of base
  double size = 0;              // base currency
  Side side = Side::kUnknown;
  bool cancelled = false;  // the venue has taken it back
};

// Whether an id is kept as a number: decimal digits without a leading zero, at most 18.
std::optional<int64_t> IdNumber(std::string_view id);

// Columns of equal length. Where "in order" is said: by time, sequence, id (numbers as numbers,
// before texts).
struct TradeColumns {
  std::vector<int64_t> time;      // microseconds
  std::vector<int64_t> sequence;  // kNullInt: none but the id's number
  std::vector<int64_t> id;  // an id that is a number; kNullInt: it is in id_text, or there is none
  std::vector<std::string> id_text;  // empty while no row has such an id; "" for the other rows
  std::vector<double> price, size;
  std::vector<Side> side;
  std::vector<uint8_t> cancelled;  // 0 or 1

  size_t rows() const { return time.size(); }
  void Append(const Trade& trade) { Append(trade, IdNumber(trade.id)); }
  // `number`: IdNumber of its id, which then need not be spelled.
  void Append(const Trade& trade, std::optional<int64_t> number);
  void Append(const TradeColumns& other, size_t begin, size_t end);
  // The id as the venue spells it; "" when there is none.
  std::string IdText(size_t i) const;
};

}  // namespace tidemark
