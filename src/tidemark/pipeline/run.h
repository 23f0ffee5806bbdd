// `tidemark run`: brings the lake up to date with all there is now: files in one epoch, then what
// services that are asked have to tell.
#pragma once

#include <string>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/epoch.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

struct RunOptions {
  bool dry_run = false;  // reads and counts, writes nothing
  bool study = false;    // the original study's job instead of the derived tables
  Progress* progress = nullptr;
};

struct RunReport : EpochReport {
  double seconds = 0;
  std::string recovered;  // what was recovered from a crash, in words
};

// Errors: of the configuration, the sources, the lake; see ErrorCode.
Result<RunReport> Run(const Config& config, const RunOptions& options);

}  // namespace tidemark
