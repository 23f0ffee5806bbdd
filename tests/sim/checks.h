// What must be so after a simulated day.
#pragma once

#include <string>

#include "tests/sim/day.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/said_forecasts.h"
#include "tidemark/source/simulator/simulated_market.h"

namespace tidemark::sim {

// The configuration that `live` runs with.
Result<Config> LiveConfig(const DayPlan& plan, const std::string& folder);

// Remembers what `issued` says in a file beside the lake; an error when something that it said
// before is gone or different.
Status KeepIssued(const DayPlan& plan, const std::string& folder);

// Remembers what `live` showed, as it was shown.
void KeepShown(const std::string& folder, const SaidForecasts& said, ReceiveTime at);

// Whether all trades of the day have come, and what follows from them.
bool IsWhole(const DayPlan& plan, const Config& live, SimulatedMarket& market);

// Tables equal to those of a run over the venue's complete files (of Bybit beside open gaps), the
// ledger exact, everything recomputed the same, what was said unchanged, all that was shown among
// it, and nothing of it empty.
Status CheckDay(const DayPlan& plan, const std::string& folder, SimulatedMarket& market,
                DayCounts* counts);

}  // namespace tidemark::sim
