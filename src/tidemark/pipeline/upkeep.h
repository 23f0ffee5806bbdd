// Keeping a lake tidy: compaction, an epoch of its own, and vacuum, outside epochs.
#pragma once

#include <cstdint>

#include "tidemark/base/result.h"
#include "tidemark/lake/upkeep.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {

struct CompactReport {
  int64_t epoch = 0;  // the lake's epoch afterwards
  CompactionReport files;
};

// Rewrites small and mixed files. Rows, and so digests, stay the same. Errors: those of the lake.
Result<CompactReport> Compact(WriteSession& session, const CompactionOptions& options = {});
// The same in a session of its own. Errors: kNotFound (no lake), kLocked.
Result<CompactReport> CompactLake(const Config& config);

// Deletes what no epoch of the last `retention_us` and no reader needs; `dry_run` only says what.
// Errors: kNotFound (no lake), kLocked, those of the lake.
Result<VacuumReport> VacuumLake(const Config& config, int64_t retention_us, bool dry_run);

}  // namespace tidemark
