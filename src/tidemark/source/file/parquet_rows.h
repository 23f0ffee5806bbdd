// Candles from Parquet (Arrow is kept inside parquet_rows.cc).
#pragma once

#include <memory>
#include <string_view>

#include "tidemark/source/file/header.h"
#include "tidemark/source/file/row_stream.h"

namespace tidemark {

bool LooksLikeParquet(std::string_view content);

// Columns by name, as in other files. Times may be timestamps of any unit, dates, epoch numbers or
// text; numbers may be floating, integer, decimal or text. `content` must outlive the stream.
// Errors: kParse when the file is damaged or has no columns of a candle.
Result<std::unique_ptr<RowStream>> OpenParquet(std::string_view content, const ColumnHints& hints);

}  // namespace tidemark
