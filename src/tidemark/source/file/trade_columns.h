// Which column of a file of trades is what: names and their aliases, and the columns of files
// without a header.
#pragma once

#include <string>
#include <vector>

#include "tidemark/source/file/header.h"

namespace tidemark {

// Goes on with `map`, which holds the roles that were stated. `normal` are the NormalHeader of
// `names`; a name written exactly like an alias goes before one that only differs in case (Binance
// has `m` and `M`). Names with two or more of open, high, low, close are no trade's unless the kind
// is known: the map is then not complete.
ColumnMap MapTradeColumns(const std::vector<std::string>& names,
                          const std::vector<std::string>& normal, const ColumnHints& hints,
                          ColumnMap map);

// Whether time, price and size are among them, whatever else is.
bool NamesCoverATrade(const std::vector<std::string>& names,
                      const std::vector<std::string>& normal);

// Known layouts of trades without a header that have so many columns; a row tells which of them.
// None fits: empty.
std::vector<ColumnMap> MapHeaderlessTrades(size_t columns);

}  // namespace tidemark
