// A disk that fails, and that forgets when the power goes: what was written and not synced is cut
// off, torn or there, what was named in a folder that was not synced may have no name. It stands at
// the file seam's fault points and works on real files. The journal's own database writes past the
// seam and is left to SQLite, which syncs every commit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tidemark/base/clock.h"
#include "tidemark/base/fault.h"
#include "tidemark/base/random.h"

namespace tidemark::sim {

// What goes wrong in one life of the process. Times are of the clock.
struct DiskFaults {
  int64_t crash_at_point = 0;  // 0: at none
  bool power = false;          // a crash takes what was not durable with it
  double fail_share = 0;       // of the operations
  int64_t fail_from_us = 0, fail_to_us = 0;  // every operation fails
};

class VirtualDisk : public FaultHandler {
 public:
  VirtualDisk(Clock& clock, const DiskFaults& faults, uint64_t seed)
      : clock_(clock), faults_(faults), random_(seed) {}

  Status At(std::string_view what, std::string_view object) override;
  // Ends the process here, as a kill or a power cut would. `status`: what the parent sees.
  [[noreturn]] void Crash();

  int64_t points() const { return points_; }
  int64_t failures() const { return failures_; }

  static constexpr int kCrashStatus = 77;

 private:
  void Note(std::string_view what, const std::string& object);
  void LosePower();

  Clock& clock_;
  DiskFaults faults_;
  Random random_;
  int64_t points_ = 0, failures_ = 0;
  std::map<std::string, int64_t> unsynced_;  // path to its durable length
  std::vector<std::string> unnamed_;         // new names in folders that were not synced since
};

}  // namespace tidemark::sim
