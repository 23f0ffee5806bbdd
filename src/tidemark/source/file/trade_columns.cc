#include "tidemark/source/file/trade_columns.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tidemark {
namespace {

using Aliases = std::vector<std::string_view>;

// Most explicit first: where several columns could be it, the first alias here wins.
const Aliases& AliasesOf(Role role) {
  static const Aliases kTime = {"transact_time",  "trade_time", "timestamp_ms",
                                "timestampms",    "time_ms",    "timestamp",
                                "time_exchange",  "unix",       "unix_time",
                                "unix_timestamp", "epoch",      "ts",
                                "time",           "T",          "t",
                                "datetime",       "date_time",  "date",
                                "date_utc"};
  static const Aliases kPrice = {"price", "trade_price", "p", "px"};
  static const Aliases kSize = {"size",   "amount", "qty", "quantity", "base_qty", "trade_size",
                                "volume", "vol",    "q",   "sz",       "v"};
  static const Aliases kSide = {
      "taker_side", "is_buyer_maker", "isbuyermaker", "buyer_maker", "side",
      "direction",  "aggressor_side", "ask_bid",      "type",        "m"};
  static const Aliases kId = {"trade_id", "tradeid", "agg_trade_id", "aggtradeid", "agg_id",
                              "aggid",    "tid",     "id",           "a"};
  static const Aliases kSequence = {"sequence", "sequence_number", "sequence_id", "seq"};
  static const Aliases kVenue = {"venue", "exchange"};
  static const Aliases kNone;
  switch (role) {
    case Role::kTime:
      return kTime;
    case Role::kPrice:
      return kPrice;
    case Role::kSize:
      return kSize;
    case Role::kSide:
      return kSide;
    case Role::kId:
      return kId;
    case Role::kSequence:
      return kSequence;
    case Role::kVenue:
      return kVenue;
    case Role::kSymbol:
      return SymbolAliases();
    default:
      return kNone;
  }
}

SideForm FormOf(const std::string& normal) {
  for (const std::string_view maker : {"is_buyer_maker", "isbuyermaker", "buyer_maker", "m"}) {
    if (normal == maker) return SideForm::kMaker;
  }
  return normal == "type" ? SideForm::kCode : SideForm::kText;
}

void Take(Role role, const std::vector<std::string>& names, const std::vector<std::string>& normal,
          ColumnMap& map) {
  if (map.Find(role) >= 0) return;
  for (const std::string_view alias : AliasesOf(role)) {
    int at = FindName(names, map, alias);
    if (at < 0) at = FindName(normal, map, alias);
    if (at < 0) continue;
    map.roles[static_cast<size_t>(at)] = role;
    return;
  }
}

// How many of open, high, low, close are among the names.
size_t CandleNames(const std::vector<std::string>& names) {
  const auto map = MapColumns(names, ColumnHints());
  if (!map) return 0;
  constexpr std::array kPrices = {Role::kOpen, Role::kHigh, Role::kLow, Role::kClose};
  return static_cast<size_t>(std::count_if(kPrices.begin(), kPrices.end(),
                                           [&](Role role) { return map->Find(role) >= 0; }));
}

}  // namespace

ColumnMap MapTradeColumns(const std::vector<std::string>& names,
                          const std::vector<std::string>& normal, const ColumnHints& hints,
                          ColumnMap map) {
  map.trades = true;
  if (!hints.kind_is_known && CandleNames(names) >= 2) return map;
  for (const Role role : {Role::kTime, Role::kPrice, Role::kSize, Role::kSide, Role::kId,
                          Role::kSequence, Role::kSymbol, Role::kVenue}) {
    if (role == Role::kSymbol && hints.ignore_symbol) continue;
    if (role == Role::kVenue && hints.ignore_venue) continue;
    Take(role, names, normal, map);
  }
  if (const int side = map.Find(Role::kSide); side >= 0) {
    map.side_form = FormOf(normal[static_cast<size_t>(side)]);
  }
  // pandas writes its index, here the time, without a name.
  if (map.Find(Role::kTime) < 0 && !normal.empty() && (normal[0].empty() || normal[0] == "index") &&
      map.roles[0] == Role::kSkip) {
    map.roles[0] = Role::kTime;
  }
  return map;
}

bool NamesCoverATrade(const std::vector<std::string>& names,
                      const std::vector<std::string>& normal) {
  ColumnMap map;
  map.roles.assign(names.size(), Role::kSkip);
  map.trades = true;
  for (const Role role : {Role::kTime, Role::kPrice, Role::kSize}) Take(role, names, normal, map);
  return map.complete();
}

std::vector<ColumnMap> MapHeaderlessTrades(size_t columns) {
  using enum Role;
  struct Shape {
    std::vector<Role> roles;
    SideForm form = SideForm::kText;
  };
  static const std::vector<Shape> kShapes = {
      // Kraken's download.
      {{kTime, kPrice, kSize}},
      {{kTime, kPrice, kSize, kSide}},
      // Binance trades of futures, and of the spot market, which say the best match.
      {{kId, kPrice, kSize, kSkip, kTime, kSide}, SideForm::kMaker},
      {{kId, kPrice, kSize, kSkip, kTime, kSide, kSkip}, SideForm::kMaker},
      // Binance aggregate trades, likewise.
      {{kId, kPrice, kSize, kSkip, kSkip, kTime, kSide}, SideForm::kMaker},
      {{kId, kPrice, kSize, kSkip, kSkip, kTime, kSide, kSkip}, SideForm::kMaker},
      // ccxt, freqtrade: time, id, type, side, price, amount, cost.
      {{kTime, kId, kSkip, kSide, kPrice, kSize, kSkip}},
  };
  std::vector<ColumnMap> maps;
  for (const Shape& shape : kShapes) {
    if (shape.roles.size() != columns) continue;
    ColumnMap map;
    map.trades = true;
    map.roles = shape.roles;
    map.side_form = shape.form;
    maps.push_back(std::move(map));
  }
  return maps;
}

}  // namespace tidemark
