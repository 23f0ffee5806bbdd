#include "tidemark/source/file/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "tidemark/base/text.h"
#include "tidemark/source/file/trade_columns.h"

namespace tidemark {
namespace {

// Most explicit first: where several columns could be it, the first alias here wins.
using Aliases = std::vector<std::string_view>;
const Aliases& AliasesOf(Role role) {
  static const std::array<Aliases, 8> kAliases = {
      Aliases{},
      Aliases{"open_time",
              "opentime",
              "time_open",
              "open_timestamp",
              "time_period_start",
              "start_time",
              "unix",
              "unix_timestamp",
              "unix_time",
              "unixtime",
              "timestamp",
              "timestamp_ms",
              "time_ms",
              "epoch",
              "ts",
              "time",
              "t",
              "datetime",
              "date_time",
              "datetime_utc",
              "date",
              "date_utc",
              "time_utc",
              "utc_time",
              "gmt_time",
              "start",
              "period",
              "bucket",
              "local_time",
              "snapped_at"},
      Aliases{"open", "o", "open_price", "price_open", "opening_price", "openprice"},
      Aliases{"high", "h", "high_price", "price_high", "highest", "max", "highprice"},
      Aliases{"low", "l", "low_price", "price_low", "lowest", "min", "lowprice"},
      Aliases{"close", "c", "close_price", "price_close", "closing_price", "closeprice", "last"},
      Aliases{},  // by MapVolume
      Aliases{"symbol", "pair", "ticker", "market", "instrument", "symbol_id", "currency_pair"}};
  return kAliases[static_cast<size_t>(role)];
}
constexpr std::array<std::string_view, 7> kCloseTimes = {
    "close_time",      "closetime", "time_close", "time_period_end",
    "close_timestamp", "end_time",  "end"};

// Quote currencies as they stand in headers: "volume_usd", "volume_(currency)".
constexpr std::array<std::string_view, 14> kQuotes = {
    "usd", "usdt",     "usdc",  "busd", "eur",   "gbp",          "jpy",
    "krw", "currency", "quote", "tusd", "fdusd", "asset_volume", "notional"};

// How surely a header is the volume in the base asset; 0: not at all.
int VolumeRank(const std::string& name, const std::string& base) {
  if (name == "volume_base" || name == "base_volume" || name == "volumefrom" ||
      name == "volume_from") {
    return 4;
  }
  const std::string with_base = "volume_" + base;
  if (!base.empty() && (name == with_base || name == "vol_" + base || name == base + "_volume"))
    return 4;
  if (name == "volume" || name == "vol" || name == "v" || name == "volume_traded") return 3;
  std::string_view rest = name;
  if (rest.starts_with("volume_")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("vol_")) {
    rest.remove_prefix(4);
  } else {
    return 0;
  }
  for (const std::string_view quote : kQuotes) {
    if (rest == quote) return 0;
  }
  return rest.size() <= 6 ? 2 : 0;  // an asset we were not told of
}

Status ApplyHints(const std::vector<std::string>& names, const std::vector<std::string>& normal,
                  const ColumnHints& hints, ColumnMap& map) {
  for (const auto& [ours, theirs] : hints.columns) {
    Role role = Role::kSkip;
    for (size_t r = 1; r < kRoleCount; ++r) {
      if (NameOf(static_cast<Role>(r)) == ours) role = static_cast<Role>(r);
    }
    if (role == Role::kSkip) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("columns: '{}' is not one of time, open, high, low, close, volume, "
                              "symbol; price, size, side, id, sequence, venue",
                              ours));
    }
    size_t at = names.size();
    for (size_t i = names.size(); i-- > 0;) {
      if (names[i] == theirs) at = i;
    }
    for (size_t i = names.size(); at == names.size() && i-- > 0;) {
      if (normal[i] == NormalHeader(theirs)) at = i;
    }
    if (at == names.size()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("columns: no header '{}' for {}; the file has {}", theirs, ours,
                              fmt::join(names, ", ")));
    }
    map.roles[at] = role;
  }
  return {};
}

}  // namespace

bool ColumnMap::complete() const {
  if (trades) {
    return Find(Role::kTime) >= 0 && Find(Role::kPrice) >= 0 && Find(Role::kSize) >= 0;
  }
  for (const Role role : {Role::kTime, Role::kOpen, Role::kHigh, Role::kLow, Role::kClose}) {
    if (Find(role) < 0) return false;
  }
  return true;
}

int ColumnMap::Find(Role role) const {
  const auto it = std::find(roles.begin(), roles.end(), role);
  return it == roles.end() ? -1 : static_cast<int>(it - roles.begin());
}

std::string NormalHeader(std::string_view name) {
  // "1. open", "1a. open (USD)"
  const size_t dot = name.find(". ");
  if (dot > 0 && dot <= 3 && name[0] >= '0' && name[0] <= '9') {
    name.remove_prefix(dot + 2);
    if (const size_t bracket = name.find(" ("); bracket != std::string_view::npos) {
      name = name.substr(0, bracket);
    }
  }
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || byte >= 0x80) {
      out += static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte);
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

RowRules RulesOf(const ColumnMap& columns, bool decimal_comma) {
  RowRules rules;
  rules.trades = columns.trades;
  rules.side_form = columns.side_form;
  rules.time_is_close = columns.time_is_close;
  rules.time.finer = columns.trades;
  rules.decimal_comma = decimal_comma;
  return rules;
}

std::string_view NeededColumns(FileKind kind) {
  return kind == FileKind::kTrades ? "time, price and size" : "time, open, high, low and close";
}

int FindName(const std::vector<std::string>& names, const ColumnMap& map, std::string_view alias) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (map.roles[i] == Role::kSkip && names[i] == alias) return static_cast<int>(i);
  }
  return -1;
}

const std::vector<std::string_view>& SymbolAliases() { return AliasesOf(Role::kSymbol); }

Result<ColumnMap> MapColumns(const std::vector<std::string>& names, const ColumnHints& hints) {
  std::vector<std::string> normal;
  for (const std::string& name : names) normal.push_back(NormalHeader(name));
  ColumnMap map;
  map.roles.assign(names.size(), Role::kSkip);
  TM_TRY(ApplyHints(names, normal, hints, map));
  if (hints.kind == FileKind::kTrades) return MapTradeColumns(names, normal, hints, std::move(map));
  const auto take = [&](std::string_view alias, Role role) {
    const int at = FindName(normal, map, alias);
    if (at >= 0) map.roles[static_cast<size_t>(at)] = role;
    return at >= 0;
  };
  for (const Role role :
       {Role::kTime, Role::kOpen, Role::kHigh, Role::kLow, Role::kClose, Role::kSymbol}) {
    if (map.Find(role) >= 0 || (role == Role::kSymbol && hints.ignore_symbol)) continue;
    for (const std::string_view alias : AliasesOf(role)) {
      if (take(alias, role)) break;
    }
  }
  if (map.Find(Role::kTime) < 0) {
    for (const std::string_view alias : kCloseTimes) {
      if (map.time_is_close = take(alias, Role::kTime); map.time_is_close) break;
    }
  }
  // pandas writes its index, here the time, without a name.
  if (map.Find(Role::kTime) < 0) take("index_level_0", Role::kTime);
  if (map.Find(Role::kTime) < 0 && !normal.empty() && (normal[0].empty() || normal[0] == "index") &&
      map.roles[0] == Role::kSkip) {
    map.roles[0] = Role::kTime;
  }
  if (map.Find(Role::kVolume) < 0) {
    const std::string base = ToLower(hints.base);
    int best = 0;
    size_t at = 0;
    for (size_t i = 0; i < names.size(); ++i) {
      const int rank = map.roles[i] == Role::kSkip ? VolumeRank(normal[i], base) : 0;
      if (rank > best) {
        best = rank;
        at = i;
      }
    }
    if (best > 0) map.roles[at] = Role::kVolume;
  }
  map.other_kind_too = !hints.kind_is_known && map.complete() && NamesCoverATrade(names, normal);
  return map;
}

ColumnMap MapHeaderless(size_t columns) {
  using enum Role;
  ColumnMap map;
  switch (columns) {
    case 5:
      map.roles = std::vector<Role>{kTime, kOpen, kHigh, kLow, kClose};
      break;
    case 6:
      map.roles = std::vector<Role>{kTime, kOpen, kHigh, kLow, kClose, kVolume};
      break;
    // Kraken's download: the last column is the number of trades.
    case 7:
      map.roles = std::vector<Role>{kTime, kOpen, kHigh, kLow, kClose, kVolume, kSkip};
      break;
    // Kraken's REST reply: time, open, high, low, close, vwap, volume, trades.
    case 8:
      map.roles = std::vector<Role>{kTime, kOpen, kHigh, kLow, kClose, kSkip, kVolume, kSkip};
      break;
    // CryptoDataDownload: unix, date, symbol, open, high, low, close, base and quote volume,
    // trades.
    case 9:
    case 10:
      map.roles =
          std::vector<Role>{kTime, kSkip, kSymbol, kOpen, kHigh, kLow, kClose, kVolume, kSkip};
      map.roles.resize(columns, kSkip);
      break;
    case 11:
    case 12:
      map.roles = std::vector<Role>{kTime, kOpen, kHigh, kLow, kClose, kVolume};
      map.roles.resize(columns, kSkip);
      break;
    default:
      break;
  }
  return map;
}

}  // namespace tidemark
