// The lake: Delta tables of Parquet in a local folder or on S3, advanced one epoch at a time.
//
//   reader   Lake::Pin → LakeView (an epoch, immutable) → Read / Files
//   writer   LockForWriting → Begin(view) → EpochWriter: Replace / Append → Prepare
//            (journal the prepared bytes) → Commit
//
// Layout, the log and the protocol: docs/internals/lake-format.md and docs/internals/epochs.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/clock.h"
#include "tidemark/base/parallel.h"
#include "tidemark/base/result.h"
#include "tidemark/base/s3.h"
#include "tidemark/base/time.h"
#include "tidemark/lake/epoch_writer.h"
#include "tidemark/lake/integrity.h"
#include "tidemark/lake/lake_view.h"
#include "tidemark/lake/prepared_epoch.h"
#include "tidemark/lake/upkeep.h"
#include "tidemark/market/tables.h"

namespace tidemark {

struct EpochInfo {
  int64_t epoch = 0;
  ReceiveTime committed_at;
};

// Threads: Open, Pin, PinEpoch, Epochs from any thread; the writing calls from one at a time.
class Lake {
 public:
  // A folder (created by the first write) or s3://bucket/prefix; does no I/O on S3. `clock` dates
  // commits and removals, which no table's content depends on. Errors: kInvalidArgument.
  static Result<std::unique_ptr<Lake>> Open(const std::string& uri, const S3Options& s3,
                                            Clock& clock = SystemClock());
  ~Lake();

  // Takes the one writer's place until this Lake ends. Errors: kLocked, naming the holder.
  // On S3 the place is a lease: it is renewed while work goes on, and a writer that lost it to
  // another gets kConflict from Commit.
  Status LockForWriting(std::string_view holder);
  bool locked_for_writing() const;

  // The latest epoch, or one of the past that vacuum has kept (kNotFound otherwise). Epoch 0 is
  // the empty lake. Errors: kCorrupt (a damaged log or epoch record), kVersion.
  Result<LakeView> Pin();
  Result<LakeView> PinEpoch(int64_t epoch);
  // Epochs that can be pinned, ascending, 0 left out.
  Result<std::vector<EpochInfo>> Epochs();
  // The epoch that was the latest at `time`; 0 before the first.
  Result<int64_t> EpochAsOf(ReceiveTime time);

  // A writer of epoch base.epoch() + 1. `threads` is borrowed and may be null (then one thread
  // encodes). REQUIRES locked_for_writing(). Errors: kConflict when another program has changed a
  // table since `base`.
  Result<std::unique_ptr<EpochWriter>> Begin(const LakeView& base, ThreadPool* threads = nullptr);

  // Makes a prepared epoch visible: each table's commit, then the epoch record. May be called
  // again after any failure or crash and then continues. Errors: kConflict when another writer's
  // bytes stand where ours should go.
  Status Commit(const PreparedEpoch& prepared);
  // Deletes what a writer that died before Prepare left behind: files of epochs after
  // `committed_epoch` which `prepared` does not name. REQUIRES locked_for_writing().
  Status RemoveUnprepared(int64_t committed_epoch, const std::optional<PreparedEpoch>& prepared);

  // Rewrites small and mixed files of `view` in `writer` (an epoch of its own or with other work):
  // one file per series and calendar month or year, as SplitFor says. Rows stay the same.
  Result<CompactionReport> Compact(const LakeView& view, EpochWriter& writer,
                                   const CompactionOptions& options = {});
  // Deletes data files, commits and epoch records that no epoch of the last `retention_us`
  // microseconds and no pinned reader needs. REQUIRES locked_for_writing() unless dry_run.
  Result<VacuumReport> Vacuum(int64_t retention_us, bool dry_run);
  // Everything wrong with the stored bytes of a view; empty = nothing. An error only when the
  // check itself cannot be made.
  Result<std::vector<Finding>> CheckIntegrity(const LakeView& view,
                                              const IntegrityOptions& options = {});

  // A local folder for the journal of this lake's writer: <lake>/_tidemark/journal, or for S3
  // ${XDG_STATE_HOME:-~/.local/state}/tidemark/<hash of uri>/journal.
  std::string journal_path() const;
  // The absolute path of the folder, or s3://bucket/prefix.
  const std::string& uri() const;

  struct Impl;  // known inside the room only
  explicit Lake(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark
