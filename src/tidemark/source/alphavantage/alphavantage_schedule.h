// What to ask Alpha Vantage next, and when: pure. Times are microseconds of one clock.
//
// Fast requests (exchange rates, candles below a day) share, evenly, what the slow ones (days,
// weeks, months: one a day each, together half of the day's requests at most) leave of a day. One
// is due again after its share of the day, or, where that is shorter than its interval, when its
// next candle has closed. Slow ones are due when a candle of theirs has closed, and again each hour
// until a reply has shown it.
//
// Of what is due, the faster goes first (rates and intraday, then day, week, month), then what has
// been due longest.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tidemark/source/alphavantage/alphavantage_request.h"

namespace tidemark {

class AlphaVantageSchedule {
 public:
  // All are due at once. REQUIRES requests_per_day >= 1.
  AlphaVantageSchedule(std::vector<AlphaVantageRequest> requests, int64_t requests_per_day);

  size_t size() const { return tasks_.size(); }
  const AlphaVantageRequest& request(size_t task) const { return tasks_[task].request; }
  // Which to ask at `now`; nullopt: nothing is due.
  std::optional<size_t> Next(int64_t now) const;
  // Intraday: whether the newest 100 candles may not reach back to what was last answered.
  bool WantsFull(size_t task, int64_t now) const;

  // Each of these returns when the request is due again. Answered at `now`, with closed candles
  // until `closed_until`:
  int64_t Answered(size_t task, int64_t now, EventTime closed_until);
  // In vain: after a minute, longer each time, an hour at most.
  int64_t Failed(size_t task, int64_t now);
  // Refused for good: never; what is returned, a day later, is for the next process.
  int64_t Refused(size_t task, int64_t now);
  // What a process before this one knew: when it is due, and when it was answered last.
  void Restore(size_t task, int64_t due, std::optional<int64_t> answered);

  // Requests a day when all goes well; when there are fewer, the slowest wait.
  int64_t wanted_per_day() const;
  int64_t per_day() const { return per_day_; }

 private:
  struct Task {
    AlphaVantageRequest request;
    int rank = 0;  // 0: fast
    int64_t due = INT64_MIN;
    std::optional<int64_t> answered = {};  // the last time
    int failures = 0;                      // since then
  };
  // Between two requests of a fast one.
  int64_t EveryUs(const Task& task) const;

  std::vector<Task> tasks_;
  int64_t fast_every_us_ = 0;
  int64_t fast_ = 0, slow_ = 0, per_day_;
};

}  // namespace tidemark
