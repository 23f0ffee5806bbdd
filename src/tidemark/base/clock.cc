#include "tidemark/base/clock.h"

#include <ctime>

namespace tidemark {
namespace {

class RealClock : public Clock {
 public:
  ReceiveTime Now() override { return {Read(CLOCK_REALTIME) / 1000}; }
  int64_t MonotonicNanos() override { return Read(CLOCK_MONOTONIC); }

 private:
  static int64_t Read(clockid_t id) {
    timespec t{};
    clock_gettime(id, &t);
    return t.tv_sec * 1'000'000'000 + t.tv_nsec;
  }
};

Clock* g_replacement = nullptr;

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return g_replacement == nullptr ? clock : *g_replacement;
}

void ReplaceSystemClock(Clock& clock) { g_replacement = &clock; }

}  // namespace tidemark
