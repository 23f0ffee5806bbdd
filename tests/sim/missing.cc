#include "tests/sim/missing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/market/interval.h"
#include "tidemark/market/tables.h"
#include "tidemark/pipeline/digest.h"

namespace tidemark::sim {
namespace {

struct Row {
  std::string symbol;
  TimeRange times{EventTime{0}, EventTime{0}};
  bool whole = true;  // it says that nothing is missing in it
  std::string bytes = {};
};
using RowsByKey = std::map<std::string, Row>;
using GapsBySymbol = std::map<std::string, std::vector<TimeRange>>;

std::unexpected<Error> Wrong(std::string text) {
  return Fail(ErrorCode::kInternal, std::move(text));
}

struct Gaps {
  GapsBySymbol open;     // in trades
  GapsBySymbol outages;  // in minutes, as far as an open gap made them: part of one may be whole
};

Result<Gaps> GapsOf(const LakeView& view) {
  TM_ASSIGN(const Batch rows, view.Read(GapsTable()));
  Gaps gaps;
  for (size_t i = 0; i < rows.rows; ++i) {
    const bool open = rows["table"].strings.At(i) == TradesTable().name;
    if (!open && rows["suspected_outage"].ints[i] == 0) continue;
    (open ? gaps.open : gaps.outages)[rows["symbol"].strings.At(i)].push_back(
        {EventTime{rows["from"].ints[i]}, EventTime{rows["to"].ints[i]}});
  }
  return gaps;
}

bool OverGap(const GapsBySymbol& gaps, const Row& row) {
  const auto of_symbol = gaps.find(row.symbol);
  if (of_symbol == gaps.end()) return false;
  for (const TimeRange& gap : of_symbol->second) {
    if (row.times.start < gap.end && gap.start < row.times.end) return true;
  }
  return false;
}

Result<RowsByKey> Trades(const LakeView& view, const TimeRange& times) {
  ReadFilter filter;
  filter.times = times;
  filter.columns = {"symbol", "time", "sequence", "trade_id", "price", "size", "side", "cancelled"};
  TM_ASSIGN(const Batch rows, view.Read(TradesTable(), filter));
  RowsByKey found;
  for (uint32_t i = 0; i < rows.rows; ++i) {
    const EventTime minute = Interval().OpenOf({rows["time"].ints[i]});
    Row row{.symbol = rows["symbol"].strings.At(i), .times = {minute, minute + kMicrosPerMinute}};
    AppendCanonical(rows.Take({i}), &row.bytes);
    found.emplace(fmt::format("trade {} {}", row.symbol, rows["trade_id"].strings.At(i)), row);
  }
  return found;
}

Result<RowsByKey> Candles(const LakeView& view, const TimeRange& times) {
  ReadFilter filter;
  filter.times = times;
  TM_ASSIGN(Batch rows, view.Read(CandlesTable(), filter));
  RowsByKey found;
  for (uint32_t i = 0; i < rows.rows; ++i) {
    const EventTime open{rows["open_time"].ints[i]}, close{rows["close_time"].ints[i]};
    // It may hold what came after the time compared.
    if (times.end < close) continue;
    Row row{.symbol = rows["symbol"].strings.At(i),
            .times = {open, close},
            .whole = std::exchange(rows["complete"].ints[i], 1) == 1};
    AppendCanonical(rows.Take({i}), &row.bytes);
    found.emplace(fmt::format("{} candle {} {}", rows["interval"].strings.At(i), row.symbol,
                              FormatTime(open)),
                  row);
  }
  return found;
}

// The minute after the one in which the last symbol's first trade came: of that the venue's volume
// holds what was traded before anybody listened.
Result<EventTime> AllBegun(const LakeView& view) {
  ReadFilter filter;
  filter.columns = {"symbol", "time"};
  TM_ASSIGN(const Batch rows, view.Read(TradesTable(), filter));
  std::map<std::string, int64_t> first;
  for (size_t i = 0; i < rows.rows; ++i) {
    const auto [it, fresh] =
        first.try_emplace(rows["symbol"].strings.At(i), rows["time"].ints[i]);
    it->second = std::min(it->second, rows["time"].ints[i]);
  }
  EventTime begun = kMinTime;
  for (const auto& [symbol, time_us] : first) {
    begun = std::max(begun, Interval().OpenOf({time_us}) + kMicrosPerMinute);
  }
  return begun;
}

Status Compare(const RowsByKey& live, const RowsByKey& files, const Gaps& gaps) {
  for (const auto& [key, row] : files) {
    if (!live.contains(key) && !OverGap(gaps.open, row)) return Wrong(key + " is missing without a gap");
  }
  for (const auto& [key, row] : live) {
    const bool trade = key.starts_with("trade");
    const bool over = OverGap(gaps.open, row);
    if (over && !trade && row.whole) return Wrong(key + " stands over a gap and says it is whole");
    if (over && !trade) continue;
    const auto same = files.find(key);
    if (same == files.end()) return Wrong(key + " is not in the files");
    if (same->second.bytes != row.bytes) return Wrong(key + " is not that of the files");
    if (same->second.whole != row.whole && (row.whole || !OverGap(gaps.outages, row))) {
      return Wrong(key + " is as whole as that of the files, and says otherwise");
    }
  }
  return {};
}

}  // namespace

Status CompareBesideGaps(const LakeView& live, const LakeView& files, EventTime until) {
  TM_ASSIGN(const Gaps gaps, GapsOf(live));
  TM_ASSIGN(const EventTime begin, AllBegun(live));
  const TimeRange times = {begin, until};
  TM_ASSIGN(const RowsByKey our_trades, Trades(live, times));
  TM_ASSIGN(const RowsByKey their_trades, Trades(files, times));
  TM_TRY(Compare(our_trades, their_trades, gaps));
  TM_ASSIGN(const RowsByKey our_candles, Candles(live, times));
  TM_ASSIGN(const RowsByKey their_candles, Candles(files, times));
  return Compare(our_candles, their_candles, gaps);
}

}  // namespace tidemark::sim
