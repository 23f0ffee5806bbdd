#include "tidemark/source/feed/backfill_range.h"

#include <algorithm>

namespace tidemark {

void PageSeen::Add(EventTime time, int64_t id) {
  ++rows;
  time_min = std::min(time_min, time);
  time_max = std::max(time_max, time);
  if (id == kNullInt) return;
  id_min = id_min == kNullInt ? id : std::min(id_min, id);
  id_max = id_max == kNullInt ? id : std::max(id_max, id);
}

std::string QueryText(const RestQuery& query) {
  const std::string symbol(query.symbol);
  switch (query.kind) {
    case RestQuery::Kind::kTrades:
      return "trades " + symbol;
    case RestQuery::Kind::kAggregates:
      return "aggregates " + symbol;
    case RestQuery::Kind::kCandles:
      return "candles " + symbol + " " + query.interval.ToString();
    case RestQuery::Kind::kRates:
      return "rates " + symbol;
  }
  return "";
}

Result<ParsedQuery> ParseQueryText(std::string_view text) {
  const auto fail = [&] {
    return Fail(ErrorCode::kParse, "not a query: '" + std::string(text.substr(0, 100)) + "'");
  };
  ParsedQuery query;
  const size_t first = text.find(' ');
  if (first == text.npos) return fail();
  const std::string_view kind = text.substr(0, first);
  std::string_view symbol = text.substr(first + 1);
  if (kind == "candles") {
    const size_t last = symbol.find(' ');
    if (last == symbol.npos) return fail();
    const auto interval = Interval::Parse(symbol.substr(last + 1));
    if (!interval) return fail();
    query.kind = RestQuery::Kind::kCandles;
    query.interval = *interval;
    symbol = symbol.substr(0, last);
  } else if (kind == "aggregates") {
    query.kind = RestQuery::Kind::kAggregates;
  } else if (kind == "rates") {
    query.kind = RestQuery::Kind::kRates;
  } else if (kind != "trades") {
    return fail();
  }
  if (symbol.empty() || symbol.find(' ') != symbol.npos) return fail();
  query.symbol = symbol;
  return query;
}

}  // namespace tidemark
