// Candles that have begun and are not closed: computed of the stored rows when somebody asks. They
// are stored nowhere, and nothing else is made of them.
#pragma once

#include "tidemark/base/result.h"
#include "tidemark/lake/lake_view.h"
#include "tidemark/market/tables.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

// The columns of `candles`, and `closed`: false. No candle is `complete`. By series and open time.
const TableSpec& OpenCandlesTable();

// Of every series and interval of `config` (the effective one), what the lake knows of the time
// behind the last closed candle; nothing where it knows nothing. Errors: those of the lake.
Result<Batch> OpenCandles(const Config& config, const LakeView& view);

}  // namespace tidemark
