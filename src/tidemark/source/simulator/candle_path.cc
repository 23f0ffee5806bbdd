#include "tidemark/source/simulator/candle_path.h"

#include <algorithm>
#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/math.h"

namespace tidemark {
namespace {

constexpr double kMinutesPerYear = 365.25 * 24 * 60;
constexpr int kHoursPerWeek = 168;
// Log volatility keeps this much of itself from hour to hour: a half-life of about three days.
constexpr double kVolatilityMemory = 0.99;
constexpr double kVolatilityShock = 0.06;
constexpr int kCrashRows = 12;

// How busy an hour of the week is beside the average: a European-American hump on weekdays, two
// thirds of it at the weekend.
double RawActivity(int hour_of_week) {
  const int hour = hour_of_week % 24;
  const bool weekend = hour_of_week / 24 >= 5;
  const double phase = 2 * 3.14159265358979323846 * (hour - 15) / 24.0;
  return (1.0 + 0.45 * Cos(phase) + 0.15 * Cos(2 * phase)) * (weekend ? 0.66 : 1.0);
}

int HourOfWeek(int64_t us) {
  // 1970-01-05 was a Monday.
  const int64_t hours = us / kMicrosPerHour - 4 * 24;
  return static_cast<int>(((hours % kHoursPerWeek) + kHoursPerWeek) % kHoursPerWeek);
}

}  // namespace

CandlePath::CandlePath(const CandlePathOptions& options)
    : options_(options), random_(options.seed), minute_us_(options.start.us) {
  CHECK(options.start_price > 0 && options.density > 0 && options.density <= 1);
  CHECK(options.price_decimals >= 0 && options.price_decimals <= 8);
  CHECK(options.start.us % kMicrosPerMinute == 0);
  scale_ = 1;
  for (int i = 0; i < options.price_decimals; ++i) scale_ *= 10;
  log_price_ = Log(options.start_price);
  double total = 0;
  for (int h = 0; h < kHoursPerWeek; ++h) total += activity_[h] = RawActivity(h);
  for (double& a : activity_) a *= kHoursPerWeek / total;
  // The trade intensity whose mean probability over the week is the density asked for.
  double low = 1e-6, high = 60;
  for (int step = 0; step < 80; ++step) {
    const double middle = 0.5 * (low + high);
    double mean = 0;
    for (const double a : activity_) mean += (1 - Exp(-middle * a)) / kHoursPerWeek;
    (mean < options.density ? low : high) = middle;
  }
  for (int h = 0; h < kHoursPerWeek; ++h) trade_probability_[h] = 1 - Exp(-high * activity_[h]);
  minute_sigma_ = options.annual_volatility / std::sqrt(kMinutesPerYear);
}

int64_t CandlePath::TicksOf(double log_price) const {
  return std::max<int64_t>(1, static_cast<int64_t>(Exp(log_price) * scale_ + 0.5));
}

void CandlePath::StepHour() {
  log_volatility_ = kVolatilityMemory * log_volatility_ + kVolatilityShock * random_.Normal();
  // Kept from running to zero or infinity over decades.
  log_volatility_ = std::clamp(log_volatility_, -1.5, 1.5);
  minute_sigma_ =
      options_.annual_volatility / std::sqrt(kMinutesPerYear) * Exp(log_volatility_ - 0.09);
  const double hours_per_year = kMinutesPerYear / 60;
  if (minute_us_ >= outage_end_us_ &&
      random_.Bernoulli(options_.outages_per_year / hours_per_year)) {
    // Between two hours and about five days, most of them under half a day.
    const double minutes = std::clamp(120 * Exp(0.5 + 1.1 * random_.Normal()), 120.0, 7200.0);
    outage_end_us_ = minute_us_ + static_cast<int64_t>(minutes) * kMicrosPerMinute;
    outages_.push_back({{minute_us_}, {outage_end_us_}});
  }
  if (crash_rows_left_ == 0 &&
      random_.Bernoulli(options_.flash_crashes_per_year / hours_per_year)) {
    crash_rows_left_ = kCrashRows;
    crash_depth_ = 0.15 + 0.25 * random_.Uniform();
  }
}

SimulatedCandle CandlePath::MakeCandle() {
  SimulatedCandle candle;
  candle.open_time_us = minute_us_;
  const double activity = activity_[HourOfWeek(minute_us_)];
  const double sigma = minute_sigma_ * std::sqrt(activity);
  // Half the spread, wider when volatile; at least one tick by rounding below.
  const double half_spread = 0.0004 + 0.35 * minute_sigma_;
  const double before = log_price_;
  // Time without a trade still moves the price, up to what half a day would.
  log_price_ += sigma * std::sqrt(std::min(minutes_since_trade_ + 1, 720.0)) * random_.Normal();
  log_price_ =
      std::clamp(log_price_, Log(0.02 * options_.start_price), Log(200 * options_.start_price));
  const auto side = [&] { return random_.Bernoulli(0.5) ? half_spread : -half_spread; };
  const bool single_trade = random_.Bernoulli(0.42 - 0.25 * options_.density);
  candle.close = TicksOf(log_price_ + side());
  if (single_trade) {
    candle.open = candle.high = candle.low = candle.close;
  } else {
    const double start = minutes_since_trade_ > 2 ? 0.5 * (before + log_price_) : before;
    candle.open = random_.Bernoulli(0.4) && last_close_ > 0 && minutes_since_trade_ < 2
                      ? last_close_
                      : TicksOf(start + side());
    candle.high = std::max(candle.open, candle.close);
    candle.low = std::min(candle.open, candle.close);
    const double reach = sigma * static_cast<double>(candle.close);
    if (random_.Bernoulli(0.55)) {
      candle.high += static_cast<int64_t>(reach * std::fabs(random_.Normal()) + 0.5);
    }
    if (random_.Bernoulli(0.55)) {
      candle.low -= static_cast<int64_t>(reach * std::fabs(random_.Normal()) + 0.5);
    }
    candle.low = std::max<int64_t>(candle.low, 1);
  }
  const double busy = std::sqrt(activity) * (single_trade ? 0.35 : 1.0);
  candle.volume = std::max<int64_t>(
      1, static_cast<int64_t>(1e8 * busy * Exp(1.6 * random_.Normal() + 1.2 + log_volatility_)));
  // Orders are often round: whole tenths.
  if (candle.volume > 100'000'000 && random_.Bernoulli(0.2)) {
    candle.volume -= candle.volume % 10'000'000;
  }
  return candle;
}

std::optional<SimulatedCandle> CandlePath::Next() {
  while (minute_us_ < options_.end.us) {
    if (minute_us_ % kMicrosPerHour == 0) StepHour();
    const bool down = minute_us_ < outage_end_us_;
    if (down || !random_.Bernoulli(trade_probability_[HourOfWeek(minute_us_)])) {
      minute_us_ += kMicrosPerMinute;
      minutes_since_trade_ += 1;
      continue;
    }
    SimulatedCandle candle = MakeCandle();
    if (crash_rows_left_ > 0) {
      // The book is swept in the first row and refilled over the following ones.
      if (crash_rows_left_ == kCrashRows) flash_crashes_.push_back({candle.open_time_us});
      const double left = static_cast<double>(crash_rows_left_) / kCrashRows;
      const auto down_by = [&](int64_t ticks, double share) {
        return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(ticks) * (1 - share)));
      };
      candle.close = down_by(candle.close, 0.3 * crash_depth_ * left * left);
      candle.low = std::min({down_by(candle.low, crash_depth_ * left * left), candle.close});
      candle.volume *= 8;
      --crash_rows_left_;
    } else if (random_.Bernoulli(options_.spikes_per_100k_rows / 100'000)) {
      // One print far off the market; the next row is back.
      const double factor = random_.Bernoulli(0.5) ? 1.09 : 0.92;
      candle.close =
          std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(candle.close) * factor));
      candle.high = std::max(candle.high, candle.close);
      candle.low = std::min(candle.low, candle.close);
      spikes_.push_back({candle.open_time_us});
    }
    last_close_ = candle.close;
    minute_us_ += kMicrosPerMinute;
    minutes_since_trade_ = 0;
    return candle;
  }
  return std::nullopt;
}

}  // namespace tidemark
