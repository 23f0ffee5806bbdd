// Which column is what: header names and their aliases, and the columns of files without a header.
// Those of trades are in trade_columns.h.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/source/file/options.h"
#include "tidemark/source/file/row.h"

namespace tidemark {

struct ColumnHints {
  std::map<std::string, std::string> columns;  // our name -> the header, from the configuration
  std::string base;                            // asset of the symbol if known: "LTC"
  bool ignore_symbol = false;                  // the symbol is given: a column of it is not read
  bool ignore_venue = false;                   // likewise
  FileKind kind = FileKind::kCandles;          // what is looked for; not kAuto
  bool kind_is_known = false;  // else what may be the other kind as well is left to that one
};

struct ColumnMap {
  std::vector<Role> roles;     // one per column
  bool time_is_close = false;  // only a close time was found
  bool trades = false;
  SideForm side_form = SideForm::kText;
  bool other_kind_too = false;  // of candles whose names would do for trades
  // Whether a row can be made of them: time, open, high, low, close; of trades time, price, size.
  bool complete() const;
  int Find(Role role) const;  // column or -1
};

// Lower case, blanks and punctuation to single underscores, "1. open" and "1a. open (USD)" to
// "open".
std::string NormalHeader(std::string_view name);

// What columns alone say about the rules of their rows.
RowRules RulesOf(const ColumnMap& columns, bool decimal_comma);

// The fewest columns a row of the kind has.
constexpr size_t ColumnsMin(FileKind kind) { return kind == FileKind::kTrades ? 3 : 5; }
std::string_view NeededColumns(FileKind kind);  // in words

// The first column not yet taken whose name is `alias`.
int FindName(const std::vector<std::string>& names, const ColumnMap& map, std::string_view alias);
// The names of a column that holds symbols.
const std::vector<std::string_view>& SymbolAliases();

// Roles by header names; each role goes to one column, the most explicit name first. Of two volumes
// the one in the base asset is taken; a volume in the quote asset only counts as none. Errors:
// kInvalidArgument when hints.columns names a header that is not there.
Result<ColumnMap> MapColumns(const std::vector<std::string>& names, const ColumnHints& hints);

// Known layouts of rows without a header, by their number of columns: Binance klines (11 or 12),
// CryptoDataDownload (9 or 10), Kraken OHLCVT (7 or 8), ccxt (6), no volume (5). Empty map when
// none fits.
ColumnMap MapHeaderless(size_t columns);

}  // namespace tidemark
