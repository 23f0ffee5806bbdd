// Which column is what: header names and their aliases, and the columns of files without a header.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/source/file/row.h"

namespace tidemark {

struct ColumnHints {
  std::map<std::string, std::string> columns;  // our name -> the header, from the configuration
  std::string base;                            // asset of the symbol if known: "LTC"
  bool ignore_symbol = false;                  // the symbol is given: a column of it is not read
};

struct ColumnMap {
  std::vector<Role> roles;     // one per column
  bool time_is_close = false;  // only a close time was found
  // Whether a row can be made of them: time, open, high, low, close.
  bool complete() const;
  int Find(Role role) const;  // column or -1
};

// Lower case, blanks and punctuation to single underscores, "1. open" and "1a. open (USD)" to
// "open".
std::string NormalHeader(std::string_view name);

// Roles by header names; each role goes to one column, the most explicit name first. Of two volumes
// the one in the base asset is taken; a volume in the quote asset only counts as none. Errors:
// kInvalidArgument when hints.columns names a header that is not there.
Result<ColumnMap> MapColumns(const std::vector<std::string>& names, const ColumnHints& hints);

// Known layouts of rows without a header, by their number of columns: Binance klines (11 or 12),
// Kraken OHLCVT (7 or 8), ccxt (6), no volume (5). Empty map when none fits.
ColumnMap MapHeaderless(size_t columns);

}  // namespace tidemark
