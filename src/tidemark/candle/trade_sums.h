// What the trades of a bar add up to, whatever their order: the one place where that is computed.
//
// Prices and sizes are those of valid rows: 0 < price < 2^44, 0 <= size < 2^44.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "tidemark/base/exact_sum.h"
#include "tidemark/market/trade.h"

namespace tidemark {

struct TradeSums {
  static constexpr double kMoneyLimit = 70368744177664.0;  // 2^46

  double high = -std::numeric_limits<double>::infinity();
  double low = std::numeric_limits<double>::infinity();
  ExactSum volume, buy, sell;
  ExactSum money, big_money;  // Σ price·size below 2^46 each; 2^-46 of those from there on
  int64_t trades = 0;

  void Add(double price, double size, Side side) {
    high = std::max(high, price);
    low = std::min(low, price);
    const Int128 grid = ToGrid(size);
    volume.AddGrid(grid);
    // Sides are as good as random: nothing is added rather than a branch taken.
    buy.AddGrid(grid & -static_cast<Int128>(side == Side::kBuy));
    sell.AddGrid(grid & -static_cast<Int128>(side == Side::kSell));
    const double product = price * size;
    if (product < kMoneyLimit) [[likely]] {
      money.Add(product);
    } else {
      big_money.Add(product / kMoneyLimit);
    }
    ++trades;
  }
  // Adds `count` rows, to the same bits as one after the other.
  void AddRows(const double* price, const double* size, const Side* side, size_t count);

  void AddSums(const TradeSums& other) {
    high = std::max(high, other.high);
    low = std::min(low, other.low);
    volume.AddSum(other.volume);
    buy.AddSum(other.buy);
    sell.AddSum(other.sell);
    money.AddSum(other.money);
    big_money.AddSum(other.big_money);
    trades += other.trades;
  }

  double Money() const { return money.ToDouble() + big_money.ToDouble() * kMoneyLimit; }
  // A quotient of rounded sums may leave the range by its last bit; sizes below the grid weigh 0.
  double Vwap(double close) const {
    const double all = volume.ToDouble();
    return all > 0 ? std::clamp(Money() / all, low, high) : close;
  }
};

// What the bars of a longer candle add up to when all are made from trades. Exact, so that a bar
// can be taken away again. REQUIRES prices below 2^44 and volumes below 2^80.
struct DetailSums {
  // A minute may add up to more than the grid takes at once.
  static constexpr double kVolumeLimit = TradeSums::kMoneyLimit;
  static constexpr double kPart = 1.0 / (1LL << 40);

  ExactProductSum money;      // Σ vwap·volume
  ExactProductSum big_money;  // 2^-40 of those with a volume of 2^46 or more
  ExactSum volume, buy, sell;
  int64_t trades = 0;

  void Add(double bar_vwap, double bar_volume, double buy_volume, double sell_volume,
           int64_t bar_trades) {
    Change<1>(bar_vwap, bar_volume, buy_volume, sell_volume, bar_trades);
  }
  void Subtract(double bar_vwap, double bar_volume, double buy_volume, double sell_volume,
                int64_t bar_trades) {
    Change<-1>(bar_vwap, bar_volume, buy_volume, sell_volume, bar_trades);
  }
  // Null when no bar has volume.
  double Vwap() const {
    const double all = volume.ToDouble();
    return all > 0 ? (money.ToDouble() + big_money.ToDouble() / kPart) / all
                   : std::numeric_limits<double>::quiet_NaN();
  }

  // Adds x, or takes it away.
  template <int kSign>
  static void AddVolume(double x, ExactSum* sum) {
    if (x < kVolumeLimit) [[likely]] {
      sum->AddGrid(kSign * ToGrid(x));
    } else {
      sum->AddScaled(x * kPart, kSign * (1LL << 40));
    }
  }

 private:
  template <int kSign>
  void Change(double bar_vwap, double bar_volume, double buy_volume, double sell_volume,
              int64_t bar_trades) {
    if (bar_volume < kVolumeLimit) [[likely]] {
      money.AddGrid(kSign * ToGrid(bar_vwap), ToGrid(bar_volume));
    } else {
      big_money.AddGrid(kSign * ToGrid(bar_vwap), ToGrid(bar_volume * kPart));
    }
    AddVolume<kSign>(bar_volume, &volume);
    AddVolume<kSign>(buy_volume, &buy);
    AddVolume<kSign>(sell_volume, &sell);
    trades += kSign * bar_trades;
  }
};

}  // namespace tidemark
