// A disk that fails, and that forgets when the power goes: what was written and not synced is cut
// off, torn or there, what was named in a folder that was not synced may have no name. It stands at
// the file seam's fault points, and below SQLite (virtual_sqlite.h), and works on real files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
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

  // For what writes anywhere in its files, SQLite: Pass first, then what is about to happen.
  // Errors: kIo, and then it does not.
  Status Pass(std::string_view what, std::string_view object);
  void Names(const std::string& path);  // a new file
  void Overwrites(const std::string& path, int64_t offset, std::string_view bytes);
  void Cuts(const std::string& path, int64_t length);
  void Synced(const std::string& path);
  void SyncedFolder(const std::string& folder);

  // Ends the process here, as a kill or a power cut would. `status`: what the parent sees.
  [[noreturn]] void Crash();

  int64_t points() const { return points_; }
  int64_t failures() const { return failures_; }

  static constexpr int kCrashStatus = 77;

 private:
  // Bytes that are not durable yet, or, without any, a file that was cut at `offset`.
  struct Change {
    std::string path;
    int64_t offset = 0, length_before = 0;
    std::string before, after;
  };

  void Note(std::string_view what, const std::string& object);
  void LosePower();
  void LoseChanges();

  Clock& clock_;
  DiskFaults faults_;
  Random random_;
  int64_t points_ = 0, failures_ = 0;
  std::map<std::string, int64_t> unsynced_;  // path to its durable length
  std::vector<Change> changes_;              // in their order
  std::vector<std::string> unnamed_;         // new names in folders that were not synced since
};

}  // namespace tidemark::sim
