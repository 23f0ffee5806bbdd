// How many requests a key may still make of a service that counts them: never more than the limits
// in any 60 seconds and in any 24 hours, whatever crashes and restarts come between. One SQLite
// file; docs/internals/journal-format.md.
//
//   Take      a request is recorded, durably, before it is sent
//   Settle    it has ended, with or without a reply
//
// A request may reach the service at any time until it has ended, so it counts until a window after
// its end; one that a crash cut off counts as ended when the budget is opened next. Time is the
// clock's when it was opened, or the latest that is recorded if that is later, and goes on with the
// monotonic clock: a clock that is set back, or set at all while this is open, gives nothing.
//
// Threads: one. Processes: one at a time, which the lake's writer lock ensures; several objects for
// one key share it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/clock.h"
#include "tidemark/base/result.h"

namespace tidemark {

struct RequestLimits {
  int64_t per_minute = 5, per_day = 25;  // at least 1
};

class RequestBudget {
 public:
  // Opens or creates `folder`. `service` and `key` name whose budget it is; only a hash of them is
  // stored. Errors: kCorrupt (what was spent is not known: nothing may be asked for a day),
  // kVersion, kLocked, file errors.
  static Result<std::unique_ptr<RequestBudget>> Open(const std::string& folder,
                                                     std::string_view service, std::string_view key,
                                                     const RequestLimits& limits, Clock& clock);
  ~RequestBudget();

  // Microseconds since the epoch; never goes back.
  int64_t Now() const;
  // The wait until one more may be made; 0: now.
  Result<int64_t> Wait();
  // Records a request of `what` and returns its number. Errors: kFull when there is none left now.
  Result<int64_t> Take(std::string_view what);
  // The request has ended; `due`: when `what` should be asked again. `answered`: with what was
  // asked for.
  Status Settle(int64_t request, bool answered, int64_t due);
  // Nothing is asked before `until`: the service said so.
  Status Hold(int64_t until);

  // The last request of `what` of this key, for as long as it is known: at least a day, the last
  // one answered for ever.
  struct Past {
    int64_t due = 0;                  // 0: it was cut off
    std::optional<int64_t> answered;  // when, the last time
  };
  Result<std::optional<Past>> PastOf(std::string_view what);

 private:
  struct Impl;
  explicit RequestBudget(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark
