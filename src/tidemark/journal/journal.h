// The journal: what the lake's writer must remember between and during epochs: the prepared epoch
// and the operators' snapshots that belong to it. One SQLite file;
// docs/internals/journal-format.md.
//
//   Prepare(epoch)   one durable transaction: the lake's prepared bytes, snapshots put and erased
//   (the lake commits)
//   MarkDone(epoch)  the prepared bytes are no longer needed
//
// Losing the journal loses nothing that was committed: snapshots are recomputed from the tables.
//
// Threads: one Journal may be used by several threads (one lock); one process at a time opens it
// for writing, which the lake's writer lock ensures.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"

namespace tidemark {

struct SnapshotKey {
  std::string op;           // purpose and spec hash of the operator
  std::string series;       // what it folds over, "" when it is one for all
  int64_t boundary_us = 0;  // the state after all input available before this time
  auto operator<=>(const SnapshotKey&) const = default;
};

class Journal {
 public:
  // Opens or creates. Errors: kCorrupt (not a journal, or damaged: set the folder aside and start
  // anew), kVersion (made by another version), kLocked (another process is writing), file errors.
  static Result<std::unique_ptr<Journal>> Open(const std::string& folder);
  // Beside the process that writes it: what has been prepared. Nothing that changes it may be
  // called. Errors: kNotFound, kCorrupt, kVersion, file errors.
  static Result<std::unique_ptr<Journal>> OpenForReading(const std::string& folder);
  ~Journal();

  // Snapshots carry checksums: kCorrupt rather than a wrong state.
  Result<std::optional<Bytes>> GetSnapshot(const SnapshotKey& key);
  // Ascending.
  Result<std::vector<int64_t>> SnapshotBoundaries(std::string_view op, std::string_view series);

  // Erasures are applied before puts.
  struct Changes {
    std::vector<std::pair<SnapshotKey, Bytes>> put;
    std::vector<SnapshotKey> erase;
  };
  // One transaction, durable when it returns: the bytes that finish `epoch`, and the changes, which
  // belong to it. Replaces an epoch prepared before and not done. REQUIRES epoch >= 1.
  Status Prepare(int64_t epoch, std::string_view prepared, const Changes& changes);
  // The epoch stands in the lake. ok when it is marked already. REQUIRES that `epoch` was the last
  // one prepared.
  Status MarkDone(int64_t epoch);

  struct Pending {
    int64_t epoch = 0;
    Bytes prepared;
  };
  // The epoch that was prepared and not marked done. Errors: kCorrupt.
  Result<std::optional<Pending>> PendingEpoch();
  // The last one prepared or done, which the snapshots belong to; 0 when there is none.
  Result<int64_t> LastEpoch();
  // Forgets all snapshots and the epoch they belong to: they are of another history of the lake.
  Status DropSnapshots();
  // Forgets those of the operators whose `op` begins with one of `prefixes`.
  Status DropSnapshotsOf(std::span<const std::string_view> prefixes);
  // Reads every page and every stored checksum. Errors: kCorrupt with what is wrong.
  Status CheckIntegrity();

 private:
  struct Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark
