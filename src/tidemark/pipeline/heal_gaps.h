// Gaps in the ids of trades that are healed by what is stored now, whoever brought it: a file of
// the day, a recording, an epoch of before; and opened again when that is taken back.
#pragma once

#include "tidemark/base/result.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/trade_gaps.h"

namespace tidemark {

// Those of `open` that the trades of `intake` touch and that lack none of their ids any more, as
// rows of `gap_events` of `epoch`. Errors: those of the lake.
Result<Batch> HealedByRows(const Intake& intake, const LakeView& view, const TradeGaps& open,
                           int64_t epoch, ReceiveTime now);
// The other way: gaps of the series' ids that were healed, touch `days`, and lack an id again now
// that a source is forgotten by `trades`. `events`: all of the lake.
Result<Batch> OpenedByForgetting(TradeSeries trades, const std::vector<EventTime>& days,
                                 const Batch& events, int64_t epoch);

}  // namespace tidemark
