// `tidemark forget SOURCE`: retracts a source that was loaded by mistake, as an ordinary change.
//
// Rows whose current version came from it fall back to the best other version, or vanish; its
// superseded versions and rejects go; the ledger gets a line that takes its counts back. Gaps in
// trades that it had healed are open again. Rows that other sources sent too were counted there as
// duplicates and never stored, so files that had duplicates are read again by the next run; what
// came live cannot be, and the report says so.
#pragma once

#include <string>

#include "tidemark/pipeline/run.h"

namespace tidemark {

// `source`: a name as the ledger has it, or the end of exactly one of them. Errors: kNotFound,
// naming the sources there are; kUnsupported for
// the trades of a feed.
Result<RunReport> Forget(const Config& config, const std::string& source,
                         const RunOptions& options);

}  // namespace tidemark
