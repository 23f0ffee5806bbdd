// One epoch: from what the sources gave to committed tables. Files and feeds come through here
// alike.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/issued.h"
#include "tidemark/pipeline/progress.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {

struct EpochOptions {
  ReceiveTime now;     // when the rows were received
  bool study = false;  // writes the original study's table, whether or not anything is new
  Progress* progress = nullptr;
  // Whose trades came tells itself which gaps they heal; otherwise all that is stored is looked at.
  bool gaps_told = false;
  const LiveSince* live_since = nullptr;  // forecasts for candles closed after this are said now
};

struct EpochReport {
  int64_t epoch = 0;     // the epoch the lake is at afterwards
  bool changed = false;  // false: there was nothing to do
  std::vector<SourceCount> sources;
  int64_t models_fitted = 0;          // folds, that is refits: each fits every model once
  int64_t models_reused = 0;          // folds looked at again and found the same
  std::set<SeriesId> changed_inputs;  // whose features or models are others
  int64_t forecasts_unready = 0;      // not said: their model was fitted after their candle closed
  std::vector<std::string> notes;
};

// `intake` is of the session's view and of the epoch after it. Errors: those of the lake and the
// journal; then nothing is committed, or the next session finishes what was prepared.
Result<EpochReport> RunEpoch(WriteSession& session, const Config& config, const Intake& intake,
                             const EpochOptions& options);

}  // namespace tidemark
