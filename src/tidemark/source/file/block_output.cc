#include "tidemark/source/file/block_output.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

void Reserve(size_t rows, bool trades, BlockOutput::SeriesRows& to) {
  if (!trades) return to.candles.Reserve(rows);
  TradeColumns& t = to.trades;
  for (auto* column : {&t.time, &t.sequence, &t.id}) column->reserve(rows);
  for (auto* column : {&t.price, &t.size}) column->reserve(rows);
  t.side.reserve(rows);
  t.cancelled.reserve(rows);
}

std::string_view WithoutBlanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool BlockOutput::SwitchSeries(const RowRules& rules, const RowValues& row) {
  auto it = std::find_if(series.begin(), series.end(), [&](const SeriesRows& rows_of) {
    return rows_of.symbol_text == row.symbol && rows_of.venue_text == row.venue;
  });
  if (it == series.end()) {
    SeriesRows fresh;
    const std::string_view text = WithoutBlanks(row.symbol);
    if (text.empty() && rules.needs_symbol) return false;
    if (!text.empty()) {
      auto symbol = Symbol::Parse(text);
      if (!symbol) return false;
      fresh.symbol = *std::move(symbol);
    }
    const std::optional<std::string> venue = ParseVenue(WithoutBlanks(row.venue));
    if (!venue) return false;
    fresh.venue = *venue;
    // Another spelling is not another series: its rows must keep their places among the others.
    it = std::find_if(series.begin(), series.end(), [&](const SeriesRows& rows_of) {
      return rows_of.symbol == fresh.symbol && rows_of.venue == fresh.venue;
    });
    if (it != series.end()) {
      it->symbol_text = row.symbol;
      it->venue_text = row.venue;
      last_ = &*it;
      return true;
    }
    fresh.symbol_text = row.symbol;
    fresh.venue_text = row.venue;
    if (series.empty() && size_hint > 0) {
      Reserve(static_cast<size_t>(size_hint), rules.trades, fresh);
    }
    series.push_back(std::move(fresh));
    it = series.end() - 1;
  }
  last_ = &*it;
  return true;
}

void BlockOutput::AddTradeWithText(const RowValues& row, TradeColumns& to) {
  Trade trade;
  trade.time = {row.time_us};
  trade.sequence = row.sequence;
  trade.id = row.id;
  trade.price = row.price();
  trade.size = row.size();
  trade.side = row.side;
  to.Append(trade);
  if (row.id_number != kNullInt) to.id.back() = row.id_number;
}

void BlockOutput::File(const RowChecker& checker, RowValues& row, std::string_view bytes,
                       int64_t position) {
  if (auto rejection = checker.Check(row)) return Reject(*std::move(rejection), bytes, position);
  if (!checker.trades() && RowChecker::IsPlaceholder(row)) {
    ++placeholder;
  } else if (!Add(checker.rules(), row)) {
    const bool venue = !ParseVenue(row.venue);
    return Reject({RejectReason::kBadSymbol,
                   fmt::format("'{}' is not a {}", (venue ? row.venue : row.symbol).substr(0, 60),
                               venue ? "venue" : "symbol")},
                  bytes, position);
  }
  row_bytes += static_cast<int64_t>(bytes.size());
}

void BlockOutput::Reject(Rejection rejection, std::string_view bytes, int64_t position) {
  RejectedRow row;
  row.position = position;
  row.line = lines;
  row.reason = CodeOf(rejection.reason);
  row.message = std::move(rejection.message);
  row.bytes = bytes.substr(0, kRejectBytesKept);
  rejects.push_back(std::move(row));
  reject_bytes += static_cast<int64_t>(bytes.size());
}

}  // namespace tidemark
