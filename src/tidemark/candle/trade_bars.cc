#include "tidemark/candle/trade_bars.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tidemark {
namespace {

constexpr double kValueLimit = 17592186044416.0;  // 2^44
constexpr double kMoneyLimit = 70368744177664.0;  // 2^46
constexpr std::pair<std::string_view, BarRule::Kind> kPrefixes[] = {
    {"tick_", BarRule::Kind::kTicks},
    {"volume_", BarRule::Kind::kVolume},
    {"dollar_", BarRule::Kind::kDollars}};

}  // namespace

Result<BarRule> BarRule::Parse(std::string_view text) {
  BarRule rule;
  for (const auto& [prefix, kind] : kPrefixes) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view number = text.substr(prefix.size());
    rule.kind = kind;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), rule.threshold);
    const bool whole =
        kind != Kind::kTicks ||
        (rule.threshold < kValueLimit &&
         rule.threshold == static_cast<double>(static_cast<int64_t>(rule.threshold)));
    if (error != std::errc() || end != number.data() + number.size() ||
        !(rule.threshold > 0 && rule.threshold < kValueLimit) || !whole) {
      return Fail(ErrorCode::kParse,
                  fmt::format("'{}' is not a bar: tick_100, volume_2.5, dollar_100000", text));
    }
    return rule;
  }
  TM_ASSIGN(rule.interval, Interval::Parse(text));
  return rule;
}

std::string BarRule::ToString() const {
  for (const auto& [prefix, of] : kPrefixes) {
    if (of == kind) return fmt::format("{}{}", prefix, threshold);
  }
  return interval.ToString();
}

void TradeBars::Append(const TradeBars& other) {
  candles.Append(other.candles, 0, other.size());
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(close_time, other.close_time);
  add(vwap, other.vwap);
  add(buy_volume, other.buy_volume);
  add(sell_volume, other.sell_volume);
  add(trades, other.trades);
  add(partial, other.partial);
}

void TradeBarFold::Step(const TradeColumns& rows, size_t begin, size_t end, TradeBars* out) {
  for (size_t i = begin; i < end; ++i) {
    if (rows.cancelled[i] != 0) continue;
    const EventTime time{rows.time[i]};
    if (time.us >= end_us_) {
      if (trades_ > 0) Emit(rule_.kind != BarRule::Kind::kTime, out);
      Open(time, rows.price[i]);
    } else if (trades_ == 0) {
      Open(time, rows.price[i]);
    }
    Add(time, rows.price[i], rows.size[i], rows.side[i]);
    if (rule_.kind != BarRule::Kind::kTime && Full()) {
      Emit(false, out);
      const int64_t day_end = end_us_;
      Reset();
      end_us_ = day_end;
    }
  }
}

void TradeBarFold::Open(EventTime time, double price) {
  Reset();
  if (rule_.kind == BarRule::Kind::kTime) {
    open_time_ = rule_.interval.OpenOf(time);
    end_us_ = rule_.interval.CloseOf(open_time_).us;
  } else {
    open_time_ = time;
    end_us_ = FloorToDay(time).us + kMicrosPerDay;
  }
  open_ = high_ = low_ = price;
}

void TradeBarFold::Add(EventTime time, double price, double size, Side side) {
  high_ = std::max(high_, price);
  low_ = std::min(low_, price);
  close_ = price;
  last_time_ = time;
  const Int128 grid = ToGrid(size);
  volume_.AddGrid(grid);
  if (side == Side::kBuy) {
    buy_.AddGrid(grid);
  } else if (side == Side::kSell) {
    sell_.AddGrid(grid);
  }
  const double money = price * size;
  if (money < kMoneyLimit) [[likely]] {
    money_.Add(money);
  } else {
    big_money_.Add(money / kMoneyLimit);
  }
  ++trades_;
}

bool TradeBarFold::Full() const {
  switch (rule_.kind) {
    case BarRule::Kind::kTicks:
      return static_cast<double>(trades_) >= rule_.threshold;
    case BarRule::Kind::kVolume:
      return volume_.ToDouble() >= rule_.threshold;
    default:
      return money_.ToDouble() + big_money_.ToDouble() * kMoneyLimit >= rule_.threshold;
  }
}

void TradeBarFold::Emit(bool partial, TradeBars* out) const {
  const double volume = volume_.ToDouble();
  const double money = money_.ToDouble() + big_money_.ToDouble() * kMoneyLimit;
  out->candles.Append({open_time_, open_, high_, low_, close_, volume});
  out->close_time.push_back(rule_.kind == BarRule::Kind::kTime ? end_us_ : last_time_.us);
  // A quotient of rounded sums may leave the range by its last bit; sizes below the grid weigh 0.
  out->vwap.push_back(volume > 0 ? std::clamp(money / volume, low_, high_) : close_);
  out->buy_volume.push_back(buy_.ToDouble());
  out->sell_volume.push_back(sell_.ToDouble());
  out->trades.push_back(trades_);
  out->partial.push_back(partial ? 1 : 0);
}

void TradeBarFold::AdvanceTo(EventTime watermark, TradeBars* out) {
  if (trades_ == 0 || end_us_ > watermark.us) return;
  Emit(rule_.kind != BarRule::Kind::kTime, out);
  Reset();
}

void TradeBarFold::Save(ByteWriter& out) const {
  out.Put(trades_);
  if (trades_ == 0) return;
  out.Put(open_time_.us);
  out.Put(last_time_.us);
  for (const double x : {open_, high_, low_, close_}) out.Put(x);
  for (const ExactSum* sum : {&volume_, &buy_, &sell_, &money_, &big_money_}) sum->Save(out);
}

// Fills everything from bytes; false when they are no state.
bool TradeBarFold::LoadBar(ByteReader& in) {
  trades_ = in.Get<int64_t>();
  if (trades_ == 0) return in.ok();
  const EventTime open{in.Get<int64_t>()};
  const EventTime last{in.Get<int64_t>()};
  double prices[4];
  for (double& price : prices) price = in.Get<double>();
  ExactSum sums[5];
  for (ExactSum& sum : sums) sum.Load(in);
  if (!in.ok() || trades_ < 0 || open < kMinTime || open > last || last > kMaxTime) return false;
  const int64_t trades = trades_;
  Open(open, prices[0]);
  // Every comparison must hold, so that NaN fails.
  if (open_time_ != open || last.us >= end_us_) return false;
  trades_ = trades;
  last_time_ = last;
  open_ = prices[0], high_ = prices[1], low_ = prices[2], close_ = prices[3];
  volume_ = sums[0], buy_ = sums[1], sell_ = sums[2], money_ = sums[3], big_money_ = sums[4];
  return 0 < low_ && low_ <= open_ && low_ <= close_ && open_ <= high_ && close_ <= high_ &&
         high_ < kValueLimit && volume_.ToDouble() >= 0;
}

Status TradeBarFold::Load(ByteReader& in) {
  Reset();
  if (LoadBar(in)) return {};
  Reset();
  return Fail(ErrorCode::kCorrupt, "the state of a bar is damaged");
}

}  // namespace tidemark
