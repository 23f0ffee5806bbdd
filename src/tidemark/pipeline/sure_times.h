// How far it is sure of a series that nothing is missing: its trades were held against what the
// venue tells; of its candles nothing is to be asked for. The journal keeps it, of each series one
// snapshot without a state.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/pipeline/snapshots.h"

namespace tidemark {

enum class Sure { kTrades, kCandles };

// The journal's name of it.
std::string_view OperatorOf(Sure what);

// kMinTime: the journal does not say, or not well. Errors: those of the journal.
Result<EventTime> SureTo(Snapshots& snapshots, Sure what, const std::string& series);

using SureTimes = std::map<std::pair<Sure, std::string>, EventTime>;
Status PutSure(Snapshots& snapshots, const SureTimes& sure);

}  // namespace tidemark
