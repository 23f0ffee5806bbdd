// A writer's hold on a lake: lock, journal, recovery, the epoch to build on, and the commit.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tidemark/base/parallel.h"
#include "tidemark/base/result.h"
#include "tidemark/journal/journal.h"
#include "tidemark/lake/lake.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/second_folds.h"
#include "tidemark/pipeline/snapshots.h"
#include "tidemark/pipeline/watermarks.h"

namespace tidemark {

// What the facts of all epochs come to.
struct LakeFacts {
  Watermarks watermarks;
  TradeGaps gaps;  // open ones
};

class WriteSession {
 public:
  // Locks the lake, recovers what a crash left, and pins the latest epoch. Errors: kLocked,
  // kCorrupt, kConflict, kUnavailable, kPermission.
  // `live`: for epoch after epoch; its threads let others of the machine go first.
  static Result<std::unique_ptr<WriteSession>> Open(const Config& config, std::string_view holder,
                                                    bool live = false);

  // After an error of kCorrupt: when it is the journal that is damaged, sets it aside and says so
  // in words; "" when it is whole. A journal holds nothing that the lake does not have.
  static Result<std::string> SetDamagedJournalAside(const Config& config);

  const LakeView& view() const { return *view_; }
  Lake& lake() { return *lake_; }
  ThreadPool& threads() { return *threads_; }
  JournalSnapshots& snapshots() { return *snapshots_; }
  // Null for a session of one epoch. After an epoch that failed they are not to be used.
  AllSecondFolds* seconds() { return seconds_.get(); }
  // Of view(); read once, then as the last commit left them.
  Result<LakeFacts> Facts();
  void KeepFacts(LakeFacts facts);
  // A local folder for the frames of feeds, beside the journal.
  std::string frames_path() const { return journal_folder() + "/frames"; }
  // Another, for the record of requests: it outlives a journal that is damaged.
  std::string requests_path() const { return journal_folder() + "/requests"; }
  std::string journal_folder() const;
  // What recovery did, in words; "" when there was nothing to do.
  const std::string& recovered() const { return recovered_; }

  // The operators whose names begin so are computed anew from their first row: what their snapshots
  // say was computed with other definitions.
  Status ForgetSnapshots(std::span<const std::string_view> operators) {
    return journal_->DropSnapshotsOf(operators);
  }

  // A writer of the next epoch, with the base and derived tables of `config` declared.
  Result<std::unique_ptr<EpochWriter>> Begin(const Config& config);
  // Steps (2) to (4) of the epoch protocol. Afterwards view() is the new epoch.
  Status Commit(EpochWriter& writer);

 private:
  Status Recover();
  std::string BesideJournal(std::string_view name) const;

  std::unique_ptr<ThreadPool> threads_;
  std::unique_ptr<Lake> lake_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<LakeView> view_;
  std::unique_ptr<JournalSnapshots> snapshots_;
  std::unique_ptr<AllSecondFolds> seconds_;
  std::string recovered_;
  LakeFacts facts_;
  int64_t facts_epoch_ = -1;
};

// The tables of `config` with the properties that say what they were computed with.
struct TableWithProperties {
  TableSpec spec;
  std::map<std::string, std::string> properties;
};
Result<std::vector<TableWithProperties>> TablesOf(const Config& config);

// True when the stored table was made with another spec, or does not exist yet.
bool SpecChanged(const LakeView& view, const TableWithProperties& table);

int ThreadsOf(const Config& config);

}  // namespace tidemark
