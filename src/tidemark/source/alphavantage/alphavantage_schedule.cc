#include "tidemark/source/alphavantage/alphavantage_schedule.h"

#include <algorithm>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

// The service shows a closed candle a little later.
constexpr int64_t kFastLagUs = 20 * kMicrosPerSecond, kSlowLagUs = 10 * kMicrosPerMinute;
constexpr int64_t kRetryMin = kMicrosPerMinute, kRetryMax = kMicrosPerHour;
constexpr int64_t kCompactRows = 80;  // of the 100 that a compact reply has

int RankOf(const AlphaVantageRequest& request) {
  if (request.kind == RestQuery::Kind::kRates) return 0;
  switch (request.interval.unit()) {
    case Interval::Unit::kWeek:
      return 2;
    case Interval::Unit::kMonth:
      return 3;
    case Interval::Unit::kFixed:
      break;
  }
  return request.interval.nominal_micros() < kMicrosPerDay ? 0 : 1;
}

}  // namespace

AlphaVantageSchedule::AlphaVantageSchedule(std::vector<AlphaVantageRequest> requests,
                                           int64_t requests_per_day)
    : per_day_(requests_per_day) {
  CHECK(requests_per_day >= 1);
  for (AlphaVantageRequest& request : requests) {
    const int rank = RankOf(request);
    (rank == 0 ? fast_ : slow_) += 1;
    tasks_.push_back({.request = std::move(request), .rank = rank});
  }
  const int64_t left = std::max<int64_t>(1, per_day_ - std::min(slow_, per_day_ / 2));
  fast_every_us_ = (kMicrosPerDay * std::max<int64_t>(1, fast_) + left - 1) / left;
}

std::optional<size_t> AlphaVantageSchedule::Next(int64_t now) const {
  std::optional<size_t> best;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    const Task& task = tasks_[i];
    if (task.due > now) continue;
    const bool first = !best || task.rank < tasks_[*best].rank ||
                       (task.rank == tasks_[*best].rank && task.due < tasks_[*best].due);
    if (first) best = i;
  }
  return best;
}

bool AlphaVantageSchedule::WantsFull(size_t i, int64_t now) const {
  const Task& task = tasks_[i];
  if (task.request.kind != RestQuery::Kind::kCandles || task.rank != 0) return false;
  return !task.answered ||
         now - *task.answered > kCompactRows * task.request.interval.nominal_micros();
}

int64_t AlphaVantageSchedule::Answered(size_t i, int64_t now, EventTime closed_until) {
  Task& task = tasks_[i];
  const Interval& interval = task.request.interval;
  task.failures = 0;
  task.answered = now;
  if (task.rank == 0 && EveryUs(task) == fast_every_us_) return task.due = now + fast_every_us_;
  const int64_t lag = task.rank == 0 ? kFastLagUs : kSlowLagUs;
  const EventTime open = interval.OpenOf({now - lag});
  if (task.rank > 0 && closed_until < open) return task.due = now + kRetryMax;
  return task.due = interval.CloseOf(open).us + lag;
}

int64_t AlphaVantageSchedule::Failed(size_t i, int64_t now) {
  Task& task = tasks_[i];
  const int64_t wait = std::min(kRetryMin << std::min(task.failures, 10), kRetryMax);
  ++task.failures;
  return task.due = now + wait;
}

int64_t AlphaVantageSchedule::Refused(size_t i, int64_t now) {
  tasks_[i].due = INT64_MAX;
  return now + kMicrosPerDay;
}

void AlphaVantageSchedule::Restore(size_t i, int64_t due, std::optional<int64_t> answered) {
  tasks_[i].due = due;
  tasks_[i].answered = answered;
}

int64_t AlphaVantageSchedule::EveryUs(const Task& task) const {
  if (task.request.kind == RestQuery::Kind::kRates) return fast_every_us_;
  return std::max(fast_every_us_, task.request.interval.nominal_micros());
}

int64_t AlphaVantageSchedule::wanted_per_day() const {
  int64_t wanted = 0;
  for (const Task& task : tasks_) {
    wanted += task.rank > 0 ? 1 : (kMicrosPerDay + EveryUs(task) - 1) / EveryUs(task);
  }
  return wanted;
}

}  // namespace tidemark
