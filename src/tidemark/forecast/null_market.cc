#include "tidemark/forecast/null_market.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tidemark/base/check.h"
#include "tidemark/base/math.h"
#include "tidemark/base/random.h"

namespace tidemark {
namespace {

constexpr double kSigma = 0.001;  // of one bar's log return
constexpr size_t kMomentumRows = 30;
constexpr int64_t kFirstOpen = 1'546'300'800 * kMicrosPerSecond;  // 2019-01-01

// A bar of Brownian motion that ends `move` away: its extremes given the end, by inversion of the
// bridge's law (high and low drawn apart).
void AppendBar(CandleColumns& candles, int64_t open_time, double open, double move,
               Random& random) {
  const auto reach = [&] {
    const double u = 1 - random.Uniform();  // in (0, 1]
    return std::sqrt(move * move - 2 * kSigma * kSigma * Log(u));
  };
  const double up = 0.5 * (move + reach());
  const double down = 0.5 * (move - reach());
  Candle candle;
  candle.open_time = {open_time};
  candle.open = open;
  candle.close = open * Exp(move);
  candle.high = std::max({open * Exp(up), candle.open, candle.close});
  candle.low = std::min({open * Exp(down), candle.open, candle.close});
  candle.volume = 10 * Exp(random.Normal());
  candles.Append(candle);
}

std::vector<int64_t> CloseTimes(const CandleColumns& candles, int64_t interval_us) {
  std::vector<int64_t> time = candles.open_time;
  for (int64_t& t : time) t += interval_us;
  return time;
}

void SeeOneRowAhead(std::vector<std::vector<double>>& columns) {
  for (auto& column : columns) {
    if (column.empty()) continue;
    std::copy(column.begin() + 1, column.end(), column.begin());
    column.back() = kNull;
  }
}

struct Market {
  std::string name;
  uint64_t seed = 0;
};

std::vector<Market> ListMarkets(const CandleColumns& own, const NullMarketOptions& options) {
  std::vector<Market> markets;
  for (const char* name : {"walk", "signs"}) {
    if (std::string_view(name) == "signs" && own.size() == 0) continue;
    for (const uint64_t seed : options.seeds) markets.push_back({name, seed});
  }
  markets.push_back({"momentum", options.seeds.front()});
  markets.push_back({"lookahead", options.seeds.front()});
  return markets;
}

bool IsControl(const std::string& market) { return market == "momentum" || market == "lookahead"; }

}  // namespace

CandleColumns WalkMarket(uint64_t seed, int64_t rows, int64_t interval_us) {
  Random random(seed);
  CandleColumns candles;
  candles.Reserve(static_cast<size_t>(rows));
  double price = 100;
  for (int64_t i = 0; i < rows; ++i) {
    AppendBar(candles, kFirstOpen + i * interval_us, price, kSigma * random.Normal(), random);
    price = candles.close.back();
  }
  return candles;
}

CandleColumns MomentumMarket(uint64_t seed, int64_t rows, int64_t interval_us, double p) {
  Random random(seed);
  CandleColumns candles;
  candles.Reserve(static_cast<size_t>(rows));
  double price = 100;
  for (int64_t i = 0; i < rows; ++i) {
    const size_t n = candles.size();
    const double past =
        n > kMomentumRows ? candles.close[n - 1] - candles.close[n - 1 - kMomentumRows] : 0;
    const double size = std::fabs(kSigma * random.Normal());
    const bool follow = random.Bernoulli(past == 0 ? 0.5 : p);
    const double sign = (past >= 0) == follow ? 1 : -1;
    AppendBar(candles, kFirstOpen + i * interval_us, price, sign * size, random);
    price = candles.close.back();
  }
  return candles;
}

CandleColumns SignsMarket(const CandleColumns& own, uint64_t seed, int64_t rows) {
  Random random(seed);
  CandleColumns out;
  const size_t n = own.size();
  const size_t begin = n > static_cast<size_t>(rows) ? n - static_cast<size_t>(rows) : 0;
  if (begin >= n) return out;
  out.Reserve(n - begin);
  double previous = begin > 0 ? own.close[begin - 1] : own.open[begin];
  double price = previous;
  for (size_t i = begin; i < n; ++i) {
    const bool flip = random.Bernoulli(0.5);
    // price · exp(±ln(x / previous)) is a plain quotient either way.
    const auto move = [&](double x) {
      return flip ? price * (previous / x) : price * (x / previous);
    };
    Candle candle = own.At(i);
    const double high = move(flip ? candle.low : candle.high);
    const double low = move(flip ? candle.high : candle.low);
    candle.open = move(candle.open);
    candle.close = move(candle.close);
    candle.high = std::max({high, candle.open, candle.close});
    candle.low = std::min({low, candle.open, candle.close});
    previous = own.close[i];
    price = candle.close;
    out.Append(candle);
  }
  return out;
}

std::vector<double> HolmAdjusted(const std::vector<double>& p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i) {
    if (!std::isnan(p[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size(), kNull);
  double highest = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    const double scaled = static_cast<double>(order.size() - k) * p[order[k]];
    highest = std::max(highest, std::min(1.0, scaled));
    adjusted[order[k]] = highest;
  }
  return adjusted;
}

NullMarketReport RunNullMarket(const CandleColumns& own, const FeatureFunction& features,
                               const std::vector<std::string>& feature_names,
                               const NullMarketOptions& options, ThreadPool* threads) {
  CHECK(!options.seeds.empty() && options.rows > 0);
  const std::vector<Market> markets = ListMarkets(own, options);
  const int64_t interval = options.walk_forward.interval_us;
  std::vector<std::vector<ScoreRow>> scores(markets.size());
  const auto run = [&](size_t i) {
    const Market& market = markets[i];
    CandleColumns candles;
    if (market.name == "signs") {
      candles = SignsMarket(own, market.seed, options.rows);
    } else if (market.name == "momentum") {
      candles = MomentumMarket(market.seed, options.rows, interval, options.momentum);
    } else {
      candles = WalkMarket(market.seed, options.rows, interval);
    }
    std::vector<std::vector<double>> columns = features(candles);
    const bool ahead =
        market.name == "lookahead" || (options.look_ahead && market.name != "momentum");
    if (ahead) SeeOneRowAhead(columns);
    scores[i] = WalkForward(CloseTimes(candles, interval), candles.close, columns, feature_names,
                            options.models, options.walk_forward, nullptr);
  };
  if (threads != nullptr) {
    threads->ParallelFor(markets.size(), run);
  } else {
    for (size_t i = 0; i < markets.size(); ++i) run(i);
  }

  NullMarketReport report;
  std::vector<double> p;
  for (size_t i = 0; i < markets.size(); ++i) {
    for (const ScoreRow& score : scores[i]) {
      report.runs.push_back({markets[i].name, markets[i].seed, score.model, score.n,
                             score.relative_mae, score.directional_accuracy, score.ic,
                             score.dm_p_mae, kNull});
      p.push_back(IsControl(markets[i].name) ? kNull : score.dm_p_mae);
    }
  }
  const std::vector<double> adjusted = HolmAdjusted(p);
  bool judged = false;
  report.null_clean = true;
  for (size_t i = 0; i < report.runs.size(); ++i) {
    NullMarketRun& r = report.runs[i];
    r.p_holm = IsControl(r.market) ? r.p : adjusted[i];
    const bool found = r.p_holm < options.p_limit;
    if (r.market == "momentum") report.momentum_found |= found;
    if (r.market == "lookahead") report.look_ahead_found |= found;
    if (IsControl(r.market)) continue;
    judged |= !std::isnan(r.p_holm);
    if (found) report.null_clean = false;
  }
  report.null_clean &= judged;  // nothing tested is not a pass
  return report;
}

}  // namespace tidemark
