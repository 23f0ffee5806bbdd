#include "tidemark/pipeline/said_forecasts.h"

#include <fmt/format.h>

#include "tidemark/base/math.h"

namespace tidemark {

Bytes SaidForecasts::Save() const {
  ByteWriter out;
  out.PutString(series.ToString());
  out.Put(time.us);
  out.Put(close);
  out.Put(static_cast<uint32_t>(all.size()));
  for (const One& one : all) {
    out.PutString(one.horizon);
    out.PutString(one.model);
    out.PutString(one.model_id);
    out.Put(one.prediction);
  }
  return out.Take();
}

Result<SaidForecasts> SaidForecasts::Load(std::string_view bytes) {
  ByteReader in(bytes);
  SaidForecasts said;
  const auto series = SeriesId::Parse(in.GetString());
  if (!series) return Fail(ErrorCode::kCorrupt, "forecasts that were said: of no series");
  said.series = *series;
  said.time.us = in.Get<int64_t>();
  said.close = in.Get<double>();
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    One& one = said.all.emplace_back();
    one.horizon = in.GetString();
    one.model = in.GetString();
    one.model_id = in.GetString();
    one.prediction = in.Get<double>();
  }
  TM_TRY(in.Finish("forecasts that were said"));
  if (said.time < kMinTime || kMaxTime < said.time) {
    return Fail(ErrorCode::kCorrupt, "forecasts that were said: at no time");
  }
  return said;
}

std::string SaidForecasts::ToJson(ReceiveTime said_at) const {
  std::string json = fmt::format(
      R"({{"venue":"{}","symbol":"{}","interval":"{}","time":"{}","issued_at":"{}","close":{},)"
      R"("forecasts":[)",
      series.venue, series.symbol.text(), series.interval.ToString(), FormatTime(time),
      FormatTime(EventTime{said_at.us}), close);
  for (const One& one : all) {
    if (&one != &all.front()) json += ',';
    json += fmt::format(
        R"({{"horizon":"{}","model":"{}","prediction":{},"price":{},"model_id":"{}"}})",
        one.horizon, one.model, one.prediction, close * Exp(one.prediction), one.model_id);
  }
  return json + "]}";
}

void SaidForecasts::AppendTo(Batch* issued, ReceiveTime said_at) const {
  Batch& batch = *issued;
  batch["venue"].strings.AppendRepeated(series.venue, all.size());
  batch["symbol"].strings.AppendRepeated(series.symbol.text(), all.size());
  batch["interval"].strings.AppendRepeated(series.interval.ToString(), all.size());
  for (const One& one : all) {
    batch["horizon"].strings.Append(one.horizon);
    batch["model"].strings.Append(one.model);
    batch["model_id"].strings.Append(one.model_id);
    batch["prediction"].doubles.push_back(one.prediction);
    batch["time"].ints.push_back(time.us);
    batch["issued_at"].ints.push_back(said_at.us);
  }
  batch.SetRows(batch.rows + all.size());
}

}  // namespace tidemark
