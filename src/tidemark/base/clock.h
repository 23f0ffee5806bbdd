// The clock seam. Only the pipeline and the command line ask what time it is.
#pragma once

#include "tidemark/base/time.h"

namespace tidemark {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual ReceiveTime Now() = 0;
  // Monotonic nanoseconds, for durations only.
  virtual int64_t MonotonicNanos() = 0;
};

// The machine's clock; lives for ever, safe from every thread.
Clock& SystemClock();
// From now on SystemClock() is this one, borrowed. For simulations, before any thread begins.
void ReplaceSystemClock(Clock& clock);

// A clock that stands still until moved.
class ManualClock : public Clock {
 public:
  explicit ManualClock(ReceiveTime now) : now_(now) {}
  ReceiveTime Now() override { return now_; }
  int64_t MonotonicNanos() override { return now_.us * 1000; }
  void Advance(int64_t micros) { now_.us += micros; }

 private:
  ReceiveTime now_;
};

}  // namespace tidemark
