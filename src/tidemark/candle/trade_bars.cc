#include "tidemark/candle/trade_bars.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr double kValueLimit = 17592186044416.0;  // 2^44
constexpr std::pair<std::string_view, BarRule::Kind> kPrefixes[] = {
    {"tick_", BarRule::Kind::kTicks},
    {"volume_", BarRule::Kind::kVolume},
    {"dollar_", BarRule::Kind::kDollars}};

// The end of the rows from `begin` on that are before `end_us` and not cancelled, or of some of
// them. REQUIRES that the first is.
size_t RunEnd(const TradeColumns& rows, size_t begin, size_t end, int64_t end_us) {
  end = std::min(end, begin + 1024);
  if (rows.time[end - 1] >= end_us) {
    const auto time = rows.time.begin();
    end = static_cast<size_t>(std::lower_bound(time + static_cast<ptrdiff_t>(begin),
                                               time + static_cast<ptrdiff_t>(end), end_us) -
                              time);
  }
  const uint8_t* const cancelled = rows.cancelled.data();
  uint8_t any = 0;
  for (size_t i = begin; i < end; ++i) any |= cancelled[i];
  if (any == 0) return end;
  return static_cast<size_t>(std::find(cancelled + begin, cancelled + end, uint8_t{1}) - cancelled);
}

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
  if (rule_.kind == BarRule::Kind::kTime) return StepTime(rows, begin, end, out);
  for (size_t i = begin; i < end; ++i) {
    if (rows.cancelled[i] != 0) continue;
    const EventTime time{rows.time[i]};
    if (time.us >= end_us_) {
      if (!empty()) Emit(true, out);
      Open(time, rows.price[i]);
    } else if (empty()) {
      Open(time, rows.price[i]);
    }
    sums_.Add(rows.price[i], rows.size[i], rows.side[i]);
    close_ = rows.price[i];
    last_time_ = time;
    if (Full()) {
      Emit(false, out);
      const int64_t day_end = end_us_;
      Reset();
      end_us_ = day_end;
    }
  }
}

void TradeBarFold::StepTime(const TradeColumns& rows, size_t begin, size_t end, TradeBars* out) {
  for (size_t i = begin; i < end;) {
    if (rows.cancelled[i] != 0) {
      ++i;
      continue;
    }
    if (rows.time[i] >= end_us_ || empty()) {
      if (!empty()) Emit(false, out);
      Open({rows.time[i]}, rows.price[i]);
    }
    const size_t stop = RunEnd(rows, i, end, end_us_);
    sums_.AddRows(&rows.price[i], &rows.size[i], &rows.side[i], stop - i);
    close_ = rows.price[stop - 1];
    last_time_ = {rows.time[stop - 1]};
    i = stop;
  }
}

void TradeBarFold::Append(const TradeBarFold& later) {
  if (later.empty()) return;
  if (empty()) {
    *this = later;
    return;
  }
  CHECK(later.open_time_ == open_time_ && later.rule_ == rule_);
  sums_.AddSums(later.sums_);
  close_ = later.close_;
  last_time_ = later.last_time_;
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
  open_ = price;
}

bool TradeBarFold::Full() const {
  switch (rule_.kind) {
    case BarRule::Kind::kTicks:
      return static_cast<double>(sums_.trades) >= rule_.threshold;
    case BarRule::Kind::kVolume:
      return sums_.volume.ToDouble() >= rule_.threshold;
    default:
      return sums_.Money() >= rule_.threshold;
  }
}

void TradeBarFold::Emit(bool partial, TradeBars* out) const {
  out->candles.Append({open_time_, open_, sums_.high, sums_.low, close_, sums_.volume.ToDouble()});
  out->close_time.push_back(rule_.kind == BarRule::Kind::kTime ? end_us_ : last_time_.us);
  out->vwap.push_back(sums_.Vwap(close_));
  out->buy_volume.push_back(sums_.buy.ToDouble());
  out->sell_volume.push_back(sums_.sell.ToDouble());
  out->trades.push_back(sums_.trades);
  out->partial.push_back(partial ? 1 : 0);
}

void TradeBarFold::AdvanceTo(EventTime watermark, TradeBars* out) {
  if (empty() || end_us_ > watermark.us) return;
  Emit(rule_.kind != BarRule::Kind::kTime, out);
  Reset();
}

void TradeBarFold::Save(ByteWriter& out) const {
  out.Put(sums_.trades);
  if (empty()) return;
  out.Put(open_time_.us);
  out.Put(last_time_.us);
  for (const double x : {open_, sums_.high, sums_.low, close_}) out.Put(x);
  for (const ExactSum* sum :
       {&sums_.volume, &sums_.buy, &sums_.sell, &sums_.money, &sums_.big_money}) {
    sum->Save(out);
  }
}

// Fills everything from bytes; false when they are no state.
bool TradeBarFold::LoadBar(ByteReader& in) {
  TradeSums sums;
  sums.trades = in.Get<int64_t>();
  if (sums.trades == 0) return in.ok();
  const EventTime open{in.Get<int64_t>()};
  const EventTime last{in.Get<int64_t>()};
  const auto first_price = in.Get<double>();
  sums.high = in.Get<double>();
  sums.low = in.Get<double>();
  const auto last_price = in.Get<double>();
  for (ExactSum* sum : {&sums.volume, &sums.buy, &sums.sell, &sums.money, &sums.big_money}) {
    sum->Load(in);
  }
  if (!in.ok() || sums.trades < 0 || open < kMinTime || open > last || last > kMaxTime) {
    return false;
  }
  Open(open, first_price);
  if (open_time_ != open || last.us >= end_us_) return false;
  last_time_ = last;
  close_ = last_price;
  sums_ = sums;
  // Every comparison must hold, so that NaN fails.
  return 0 < sums.low && sums.low <= open_ && sums.low <= close_ && open_ <= sums.high &&
         close_ <= sums.high && sums.high < kValueLimit && sums.volume.ToDouble() >= 0;
}

Status TradeBarFold::Load(ByteReader& in) {
  Reset();
  if (LoadBar(in)) return {};
  Reset();
  return Fail(ErrorCode::kCorrupt, "the state of a bar is damaged");
}

}  // namespace tidemark
