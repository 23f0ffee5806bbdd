// `tidemark verify`: recomputes every derived table from the base tables and compares bits; checks
// the ledger, the files and logs of the lake, and the sources while they are still there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

struct VerifyOptions {
  std::optional<EventTime> until;  // only what was known before this time
  bool sources = true;             // read the source files again where they are unchanged
  Progress* progress = nullptr;
};

struct VerifyReport {
  bool ok = true;
  std::vector<std::string> findings;  // what is wrong, the first differing cell of each series
  std::vector<std::string> notes;     // what could not be checked, and why
  int64_t tables = 0, rows_compared = 0, files_checked = 0, sources_checked = 0;
  double seconds = 0;
};

// Reads only; safe beside a writer. Errors: only when the check itself cannot be made.
Result<VerifyReport> Verify(const Config& config, const VerifyOptions& options);

}  // namespace tidemark
