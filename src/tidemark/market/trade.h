// Trades of one symbol: one of them, and columns of them.
#pragma once

#include <cstddef>
#include <cstdint>
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
  std::string_view id;          // as the venue spells it; "" when it gives none
  double price = 0;             // quote currency per unit of base
  double size = 0;              // base currency
  Side side = Side::kUnknown;
  bool cancelled = false;  // the venue has taken it back
};

}  // namespace tidemark
