#include "tidemark/base/urgency.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace tidemark {
namespace {

constexpr uint64_t kShortestSliceNs = 100'000;
constexpr int kBehind = 10;  // as `nice` has it

int Nice() { return ::getpriority(PRIO_PROCESS, 0); }

// The C library has no call of its own for it.
void SetScheduling(uint32_t policy, int nice, uint64_t slice_ns) {
  sched_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.sched_policy = policy;
  attributes.sched_flags = SCHED_FLAG_RESET_ON_FORK;
  attributes.sched_nice = nice;
  attributes.sched_runtime = slice_ns;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void RunAtOnce() {
  // As favoured as before, only in shorter turns, which come sooner; and not where somebody has
  // chosen another policy for the program.
  if (syscall(SYS_sched_getscheduler, 0) != SCHED_NORMAL) return;
  SetScheduling(SCHED_NORMAL, Nice(), kShortestSliceNs);
}
void RunBehind() { SetScheduling(SCHED_BATCH, std::max(Nice(), kBehind), 0); }

}  // namespace tidemark
