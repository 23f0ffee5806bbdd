#include "tidemark/source/simulator/venue_truth.h"

#include <fmt/format.h>

#include <utility>

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

void AppendBar(SimulatedMarket& market, size_t symbol, EventTime minute, EventTime end, bool empty,
               std::string* out) {
  if (end < minute + kMicrosPerMinute) return;
  const SimulatedBar bar = market.Bar(symbol, minute);
  if (bar.trades == 0 && !empty) return;
  const int64_t open_ms = bar.open_time_us / kMicrosPerMilli;
  *out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},0\n", open_ms,
                      Price(market, symbol, bar.open), Price(market, symbol, bar.high),
                      Price(market, symbol, bar.low), Price(market, symbol, bar.close),
                      Size(bar.volume), open_ms + 59'999, Size(bar.quote_volume), bar.trades,
                      Size(bar.taker_buy_volume), Size(bar.taker_buy_quote));
}

// A file that is there under its name when it is whole.
class WholeFile {
 public:
  static Result<WholeFile> Open(std::string path) {
    const std::string unfinished = path + ".part";
    TM_TRY(RemoveFile(unfinished));
    TM_ASSIGN(AppendFile file, AppendFile::Open(unfinished));
    return WholeFile(std::move(path), std::move(file));
  }
  std::string* buffer() { return &buffer_; }
  Status WriteSome() { return buffer_.size() < kBufferBytes ? Status() : Write(); }
  Status Finish() {
    TM_TRY(Write());
    TM_TRY(file_.Sync());
    return RenameFile(path_ + ".part", path_);
  }

 private:
  WholeFile(std::string path, AppendFile file) : path_(std::move(path)), file_(std::move(file)) {}
  Status Write() {
    TM_TRY(file_.Append(buffer_));
    buffer_.clear();
    return {};
  }

  std::string path_;
  AppendFile file_;
  std::string buffer_;
};

}  // namespace

Status WriteVenueTruth(SimulatedMarket& market, EventTime end, bool empty_minutes,
                       const std::string& folder) {
  TM_TRY(MakeDirectories(folder));
  for (size_t i = 0; i < market.symbols().size(); ++i) {
    const Symbol& symbol = market.symbols()[i].symbol;
    const std::string stem = fmt::format("{}/{}{}", folder, symbol.base(), symbol.quote());
    TM_ASSIGN(WholeFile trades, WholeFile::Open(stem + "-trades-simulated.csv"));
    TM_ASSIGN(WholeFile bars, WholeFile::Open(stem + "-1m-simulated.csv"));
    // A minute is made once for both.
    for (EventTime minute = market.options().start; minute < end;
         minute = minute + kMicrosPerMinute) {
      AppendTrades(market, i, minute, end, trades.buffer());
      AppendBar(market, i, minute, end, empty_minutes, bars.buffer());
      TM_TRY(trades.WriteSome());
      TM_TRY(bars.WriteSome());
    }
    TM_TRY(trades.Finish());
    TM_TRY(bars.Finish());
  }
  return {};
}

}  // namespace tidemark
