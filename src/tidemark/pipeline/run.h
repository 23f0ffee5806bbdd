// `tidemark run`: brings the lake up to date with all there is now, in one epoch.
#pragma once

#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

struct RunOptions {
  bool dry_run = false;  // reads and counts, writes nothing
  bool study = false;    // the original study's job instead of the derived tables
  Progress* progress = nullptr;
};

struct RunReport {
  int64_t epoch = 0;     // the epoch the lake is at afterwards
  bool changed = false;  // false: there was nothing to do
  std::vector<SourceCount> sources;
  int64_t models_fitted = 0;  // folds, that is refits: each fits every model once
  int64_t models_reused = 0;  // folds looked at again and found the same
  double seconds = 0;
  std::vector<std::string> notes;
  std::string recovered;  // what was recovered from a crash, in words
};

// Errors: of the configuration, the sources, the lake; see ErrorCode.
Result<RunReport> Run(const Config& config, const RunOptions& options);

}  // namespace tidemark
