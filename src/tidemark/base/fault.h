// The fault seam: every write, sync, link, put and journal commit passes a fault point, so that
// tests can end the process or fail the call at each of them in turn. Disarmed it costs one load.
#pragma once

#include <cstdint>
#include <string_view>

#include "tidemark/base/result.h"

namespace tidemark {

enum class FaultMode { kNone, kCrash, kFail };

// Arms the n-th fault point from now (1 = the next): kCrash ends the process at once, as SIGKILL
// would, before the operation; kFail makes the operation return kIo. Process-wide; for tests.
void ArmFault(FaultMode mode, uint64_t n);
// Decides at every fault point, in place of what is armed; borrowed. For simulations, before any
// thread begins.
class FaultHandler {
 public:
  virtual ~FaultHandler() = default;
  // Before the operation, on its thread; an error is returned in its place.
  virtual Status At(std::string_view what, std::string_view object) = 0;
};
void HandleFaults(FaultHandler& handler);

// Fault points passed since the process began.
uint64_t FaultPointsPassed();
// A mistake that the engine makes on purpose, so that it can be seen that the checks find it.
enum class Mistake {
  kNone,
  kDropLateRow,     // of the rows that come after their minute was closed, every tenth is forgotten
  kReorderCommits,  // an epoch is recorded before its tables are committed
};
void MakeMistake(Mistake mistake);
bool Makes(Mistake mistake);

// Called before the operation `what` ("sync", "link", "put", …) on `object`.
Status FaultPoint(std::string_view what, std::string_view object);

}  // namespace tidemark
