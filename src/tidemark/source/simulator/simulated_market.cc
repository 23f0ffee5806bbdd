#include "tidemark/source/simulator/simulated_market.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/math.h"
#include "tidemark/base/random.h"
#include "tidemark/source/simulator/candle_simulator.h"

namespace tidemark {
namespace {

constexpr double kMinutesPerYear = 365.25 * 24 * 60;
constexpr double kQuietShare = 0.03, kBurstShare = 0.04;
constexpr double kBurstFactor = 5, kBurstSigma = 2;
constexpr double kPieceShare = 0.3;    // trades that go on filling the order of the one before
constexpr double kMeanNotional = 400;  // quote currency of a usual trade
constexpr int64_t kSizeStep = 1000;    // sizes have five decimals
constexpr int64_t kMinuteTradesMax = 200'000;

uint64_t Mixed(uint64_t seed, uint64_t salt) {
  uint64_t z = seed + (salt + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

int64_t TicksOf(double log_price, double scale) {
  return std::max<int64_t>(1, static_cast<int64_t>(Exp(log_price) * scale + 0.5));
}

double ScaleOf(int decimals) {
  double scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  return scale;
}

// A day's hump: mean 1, busiest at 15:00 UTC.
double ActivityAt(int64_t us) {
  const auto hour = static_cast<double>((us / kMicrosPerHour) % 24);
  return 1 + 0.4 * Cos(2 * 3.14159265358979323846 * (hour - 15) / 24);
}

}  // namespace

Result<MarketSymbol> ParseMarketSymbol(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    return Fail(ErrorCode::kParse, fmt::format("'{}' is not a symbol; write BTC-USDT", text));
  }
  TM_ASSIGN(const SimulatedSymbol known, ParseSimulatedSymbol(text));
  return MarketSymbol{known.symbol, known.start_price, known.price_decimals};
}

SimulatedMarket::SimulatedMarket(MarketOptions options) : options_(std::move(options)) {
  CHECK(options_.start.us % kMicrosPerMinute == 0);
  CHECK(options_.time_step_us > 0 && kMicrosPerMinute % options_.time_step_us == 0);
  minute_sigma_ = options_.annual_volatility / std::sqrt(kMinutesPerYear);
  for (const MarketSymbol& symbol : options_.symbols) {
    Tape tape;
    tape.seed = Mixed(options_.seed, Hash64(symbol.symbol.text()));
    tape.heads.push_back({1, Log(symbol.start_price)});
    tapes_.push_back(std::move(tape));
  }
}

size_t SimulatedMarket::IndexOf(const Symbol& symbol) const {
  const auto found = std::find_if(options_.symbols.begin(), options_.symbols.end(),
                                  [&](const MarketSymbol& s) { return s.symbol == symbol; });
  return static_cast<size_t>(found - options_.symbols.begin());
}

int64_t SimulatedMarket::MinuteOf(EventTime time) const {
  return time < options_.start ? -1 : (time - options_.start) / kMicrosPerMinute;
}

// How many trades the minute has and where its price goes: all that the next minute needs.
void SimulatedMarket::Reach(size_t symbol, int64_t minute) {
  Tape& tape = tapes_[symbol];
  const double home = Log(options_.symbols[symbol].start_price);
  while (static_cast<int64_t>(tape.heads.size()) < minute + 2) {
    const auto m = static_cast<int64_t>(tape.heads.size()) - 1;
    const Head head = tape.heads.back();
    Random random(Mixed(tape.seed, 2 * static_cast<uint64_t>(m)));
    const double kind = random.Uniform();
    double factor = Exp(0.5 * random.Normal() - 0.125);
    double sigma = minute_sigma_;
    if (kind < kQuietShare) factor = 0;
    if (kind > 1 - kBurstShare) {
      factor *= kBurstFactor;
      sigma *= kBurstSigma;
    }
    const double mean = options_.trades_per_second * 60 * factor *
                        ActivityAt(options_.start.us + m * kMicrosPerMinute);
    auto count =
        static_cast<int64_t>(std::max(0.0, mean + std::sqrt(mean) * random.Normal() + 0.5));
    // The first minute has a trade, so that every later one has a price before it.
    count = std::clamp<int64_t>(count, m == 0 ? 1 : 0, kMinuteTradesMax);
    // Drawn home a little, so that years of it stay a price.
    const double next = head.log_price + sigma * random.Normal() - 1e-6 * (head.log_price - home);
    tape.heads.push_back({head.first_id + count, std::clamp(next, home - 3, home + 3)});
  }
}

void SimulatedMarket::Draw(size_t symbol, int64_t minute,
                           std::vector<SimulatedTrade>* trades) const {
  const Tape& tape = tapes_[symbol];
  const MarketSymbol& traded = options_.symbols[symbol];
  const Head& head = tape.heads[static_cast<size_t>(minute)];
  const Head& next = tape.heads[static_cast<size_t>(minute) + 1];
  const auto count = static_cast<size_t>(next.first_id - head.first_id);
  Random random(Mixed(tape.seed, 2 * static_cast<uint64_t>(minute) + 1));
  trades->assign(count, {});
  std::vector<uint8_t> piece(count);
  std::vector<int64_t> times;
  for (size_t i = 0; i < count; ++i) {
    piece[i] = i > 0 && random.Bernoulli(kPieceShare);
    if (piece[i]) continue;
    const auto steps = static_cast<uint64_t>(kMicrosPerMinute / options_.time_step_us);
    times.push_back(static_cast<int64_t>(random.Below(steps)) * options_.time_step_us);
  }
  std::sort(times.begin(), times.end());
  const double scale = ScaleOf(traded.price_decimals);
  size_t order = 0;
  for (size_t i = 0; i < count; ++i) {
    SimulatedTrade& trade = (*trades)[i];
    trade.id = head.first_id + static_cast<int64_t>(i);
    if (piece[i]) {
      // The order walks into the book.
      const SimulatedTrade& before = (*trades)[i - 1];
      trade.time_us = before.time_us;
      trade.buyer_is_maker = before.buyer_is_maker;
      const int64_t worse = random.Bernoulli(0.5) ? 1 : 0;
      trade.price = std::max<int64_t>(1, before.price + (trade.buyer_is_maker ? -worse : worse));
    } else {
      const int64_t offset = times[order++];
      const double f = static_cast<double>(offset) / static_cast<double>(kMicrosPerMinute);
      const double wobble = 0.7 * minute_sigma_ * std::sqrt(f * (1 - f)) * random.Normal();
      const double log_price = head.log_price + f * (next.log_price - head.log_price) + wobble;
      trade.time_us = options_.start.us + minute * kMicrosPerMinute + offset;
      trade.buyer_is_maker = random.Bernoulli(0.5);
      trade.price = TicksOf(log_price + (trade.buyer_is_maker ? -2e-5 : 2e-5), scale);
    }
    const double units = kMeanNotional / traded.start_price * Exp(1.2 * random.Normal() - 0.7);
    const auto steps = static_cast<int64_t>(std::min(units, 1e8) * 1e8 / kSizeStep);
    trade.size = std::max<int64_t>(1, steps) * kSizeStep;
  }
}

const std::vector<SimulatedTrade>& SimulatedMarket::Fill(size_t symbol, int64_t minute) {
  Reach(symbol, minute);
  Tape& tape = tapes_[symbol];
  Cached& cached = tape.cache[static_cast<size_t>(minute) % tape.cache.size()];
  if (cached.minute != minute) {
    Draw(symbol, minute, &cached.trades);
    cached.minute = minute;
  }
  return cached.trades;
}

std::span<const SimulatedTrade> SimulatedMarket::Minute(size_t symbol, EventTime time) {
  const int64_t minute = MinuteOf(time);
  if (minute < 0) return {};
  return Fill(symbol, minute);
}

int64_t SimulatedMarket::FirstIdAt(size_t symbol, EventTime time) {
  const int64_t minute = MinuteOf(time);
  if (minute < 0) return 1;
  const auto& trades = Fill(symbol, minute);
  const auto at = std::partition_point(
      trades.begin(), trades.end(), [&](const SimulatedTrade& t) { return t.time_us < time.us; });
  return tapes_[symbol].heads[static_cast<size_t>(minute)].first_id + (at - trades.begin());
}

int64_t SimulatedMarket::MinuteOfId(size_t symbol, int64_t id) {
  CHECK(id >= 1);
  Tape& tape = tapes_[symbol];
  while (tape.heads.back().first_id <= id) {
    Reach(symbol, static_cast<int64_t>(tape.heads.size()) - 1);
  }
  // The last minute that begins at or before the id; those without trades begin where the next
  // does.
  const auto after = std::partition_point(tape.heads.begin(), tape.heads.end(),
                                          [&](const Head& head) { return head.first_id <= id; });
  return after - tape.heads.begin() - 1;
}

SimulatedTrade SimulatedMarket::TradeOf(size_t symbol, int64_t id) {
  const auto& trades = Fill(symbol, MinuteOfId(symbol, id));
  return trades[static_cast<size_t>(id - trades.front().id)];
}

std::vector<SimulatedTrade> SimulatedMarket::Trades(size_t symbol, int64_t begin, int64_t end) {
  std::vector<SimulatedTrade> found;
  if (begin >= end) return found;
  for (int64_t minute = MinuteOfId(symbol, begin); begin < end; ++minute) {
    const auto& trades = Fill(symbol, minute);
    if (trades.empty()) continue;
    const auto at = trades.begin() + (begin - trades.front().id);
    found.insert(found.end(), at, at + std::min(end - begin, trades.end() - at));
    begin = found.back().id + 1;
  }
  return found;
}

int64_t SimulatedMarket::QuoteSize(size_t symbol, const SimulatedTrade& trade) const {
  __extension__ using Wide = __int128;
  Wide value = static_cast<Wide>(trade.price) * trade.size;
  for (int i = 0; i < options_.symbols[symbol].price_decimals; ++i) value /= 10;
  return static_cast<int64_t>(value);
}

SimulatedBar SimulatedMarket::Bar(size_t symbol, EventTime open, EventTime until) {
  const int64_t minute = MinuteOf(open);
  SimulatedBar bar;
  if (minute < 0) return bar;
  for (const SimulatedTrade& trade : Fill(symbol, minute)) {
    if (trade.time_us >= until.us) break;
    if (bar.trades++ == 0) {
      bar.first_id = trade.id;
      bar.open = bar.high = bar.low = trade.price;
    }
    bar.high = std::max(bar.high, trade.price);
    bar.low = std::min(bar.low, trade.price);
    bar.close = trade.price;
    bar.last_id = trade.id;
    const int64_t quote = QuoteSize(symbol, trade);
    bar.volume += trade.size;
    bar.quote_volume += quote;
    if (trade.buyer_is_maker) continue;
    bar.taker_buy_volume += trade.size;
    bar.taker_buy_quote += quote;
  }
  bar.open_time_us = options_.start.us + minute * kMicrosPerMinute;
  if (bar.trades == 0) {
    // Before the first trade of all there is no close: its own price stands in.
    const int64_t first_id = tapes_[symbol].heads[static_cast<size_t>(minute)].first_id;
    bar.close = TradeOf(symbol, std::max<int64_t>(1, first_id - 1)).price;
    bar.open = bar.high = bar.low = bar.close;
  }
  return bar;
}

void AppendFixed(int64_t value, int decimals, std::string* out) {
  CHECK(value >= 0);
  const fmt::format_int text(value);
  const std::string_view digits(text.data(), text.size());
  const auto fraction = static_cast<size_t>(decimals);
  const size_t whole = digits.size() > fraction ? digits.size() - fraction : 0;
  out->append(whole > 0 ? digits.substr(0, whole) : "0");
  if (decimals == 0) return;
  out->push_back('.');
  out->append(fraction - (digits.size() - whole), '0');
  out->append(digits.substr(whole));
}

std::string FixedText(int64_t value, int decimals, int shown) {
  std::string text;
  AppendFixed(value, decimals, &text);
  if (decimals == 0 && shown > 0) text.push_back('.');
  text.append(static_cast<size_t>(std::max(0, shown - decimals)), '0');
  return text;
}

std::string ShortText(int64_t value, int decimals) {
  std::string text = FixedText(value, decimals, decimals);
  if (decimals == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace tidemark
