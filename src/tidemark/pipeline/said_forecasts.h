// What is said of a candle as soon as it has closed, while live: kept in the frame log before
// anyone sees it, and in `issued` from the next epoch on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/series.h"

namespace tidemark {

struct SaidForecasts {
  struct One {
    std::string horizon, model, model_id;
    double prediction = 0;  // log return
  };
  SeriesId series;
  EventTime time;  // of the candle's close
  double close = 0;
  std::vector<One> all;

  // docs/internals/journal-format.md. Errors: kCorrupt.
  Bytes Save() const;
  static Result<SaidForecasts> Load(std::string_view bytes);

  // A JSON object without a line end: what programs read that act on forecasts.
  std::string ToJson(ReceiveTime said_at) const;
  // As rows of `issued`.
  void AppendTo(Batch* issued, ReceiveTime said_at) const;
};

}  // namespace tidemark
