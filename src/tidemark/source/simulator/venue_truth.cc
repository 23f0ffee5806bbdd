#include "tidemark/source/simulator/venue_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tidemark/base/file.h"

namespace tidemark {
namespace {

constexpr size_t kBufferBytes = 1 << 20;
constexpr int kShownDecimals = 8;

std::string Price(const SimulatedMarket& market, size_t symbol, int64_t ticks) {
  return FixedText(ticks, market.symbols()[symbol].price_decimals, kShownDecimals);
}

std::string Size(int64_t size) { return FixedText(size, kSizeDecimals, kShownDecimals); }

// Times in the market's unit, as the venue's messages have them.
int64_t Told(const SimulatedMarket& market, int64_t us) {
  return market.options().time_step_us % kMicrosPerMilli == 0 ? us / kMicrosPerMilli : us;
}

void AppendTrades(SimulatedMarket& market, size_t symbol, EventTime minute, EventTime end,
                  std::string* out) {
  for (const SimulatedTrade& trade : market.Minute(symbol, minute)) {
    if (trade.time_us >= end.us) return;
    *out += fmt::format("{},{},{},{},{},{},True\n", trade.id, Price(market, symbol, trade.price),
                        Size(trade.size), Size(market.QuoteSize(symbol, trade)),
                        Told(market, trade.time_us), trade.buyer_is_maker ? "True" : "False");
  }
}

void AppendBar(SimulatedMarket& market, size_t symbol, EventTime minute, EventTime end,
               std::string* out) {
  if (end < minute + kMicrosPerMinute) return;
  const SimulatedBar bar = market.Bar(symbol, minute);
  const int64_t open_ms = bar.open_time_us / kMicrosPerMilli;
  *out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},0\n", open_ms,
                      Price(market, symbol, bar.open), Price(market, symbol, bar.high),
                      Price(market, symbol, bar.low), Price(market, symbol, bar.close),
                      Size(bar.volume), open_ms + 59'999, Size(bar.quote_volume), bar.trades,
                      Size(bar.taker_buy_volume), Size(bar.taker_buy_quote));
}

using AppendMinute = void (*)(SimulatedMarket&, size_t, EventTime, EventTime, std::string*);

Status WriteMinutes(SimulatedMarket& market, size_t symbol, EventTime end, AppendMinute append,
                    const std::string& path) {
  const std::string unfinished = path + ".part";
  TM_TRY(RemoveFile(unfinished));
  TM_ASSIGN(AppendFile file, AppendFile::Open(unfinished));
  std::string buffer;
  for (EventTime minute = market.options().start; minute < end;
       minute = minute + kMicrosPerMinute) {
    append(market, symbol, minute, end, &buffer);
    if (buffer.size() < kBufferBytes) continue;
    TM_TRY(file.Append(buffer));
    buffer.clear();
  }
  TM_TRY(file.Append(buffer));
  TM_TRY(file.Sync());
  return RenameFile(unfinished, path);
}

}  // namespace

Result<std::vector<std::string>> WriteVenueTruth(SimulatedMarket& market, EventTime end,
                                                 const std::string& folder) {
  TM_TRY(MakeDirectories(folder));
  std::vector<std::string> paths;
  for (size_t i = 0; i < market.symbols().size(); ++i) {
    const Symbol& symbol = market.symbols()[i].symbol;
    for (const auto& [what, append] :
         {std::pair<const char*, AppendMinute>{"trades", AppendTrades}, {"1m", AppendBar}}) {
      paths.push_back(
          fmt::format("{}/{}{}-{}-simulated.csv", folder, symbol.base(), symbol.quote(), what));
      TM_TRY(WriteMinutes(market, i, end, append, paths.back()));
    }
  }
  return paths;
}

}  // namespace tidemark
