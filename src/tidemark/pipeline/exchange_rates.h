// The base table of exchange rates: a row for each time at which a service says to have quoted.
#pragma once

#include <vector>

#include "tidemark/pipeline/ingest.h"

namespace tidemark {

// Merges `intake.rates` with what is stored: a time that is not there is new, one with other values
// a revision of the row, and one that equals any version that was ever held a duplicate. Writes
// exchange_rates and rate_revisions; adds to `counts`, by source index.
Status WriteRates(const Intake& intake, const LakeView& view, int64_t epoch, ReceiveTime now,
                  EpochWriter& writer, std::vector<MergeCounts>* counts);

}  // namespace tidemark
