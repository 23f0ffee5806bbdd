#include "tidemark/pipeline/forecast_state.h"

#include <bit>

namespace tidemark {

Bytes FoldState::Save() const {
  ByteWriter out;
  out.Put<uint32_t>(static_cast<uint32_t>(entries.size()));
  for (const Entry& entry : entries) {
    out.PutString(entry.kind);
    out.PutString(entry.model_id);
    out.PutString(entry.model);
    out.Put<uint8_t>(entry.interval.has_value());
    out.Put(entry.interval ? entry.interval->q05 : 0.0);
    out.Put(entry.interval ? entry.interval->q95 : 0.0);
  }
  out.Put(training_rows);
  out.Put(trained_from.us);
  out.Put(trained_to.us);
  out.Put(train_mean_abs_return);
  return out.Take();
}

Result<FoldState> FoldState::Load(std::string_view bytes) {
  ByteReader in(bytes);
  FoldState state;
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    Entry entry;
    entry.kind = in.GetString();
    entry.model_id = in.GetString();
    entry.model = in.GetString();
    const auto has_interval = in.Get<uint8_t>();
    const auto q05 = in.Get<double>();
    const auto q95 = in.Get<double>();
    const bool none = std::bit_cast<uint64_t>(q05) == 0 && std::bit_cast<uint64_t>(q95) == 0;
    if (has_interval > 1 || (has_interval == 0 && !none)) {
      return Fail(ErrorCode::kCorrupt, "forecast state: an interval that is none");
    }
    if (has_interval == 1) entry.interval = ResidualInterval{q05, q95};
    state.entries.push_back(std::move(entry));
  }
  state.training_rows = in.Get<int64_t>();
  state.trained_from.us = in.Get<int64_t>();
  state.trained_to.us = in.Get<int64_t>();
  state.train_mean_abs_return = in.Get<double>();
  TM_TRY(in.Finish("forecast state"));
  return state;
}

Bytes TrainingBlock::Save() const {
  ByteWriter out;
  out.PutString(hash);
  out.Put(target_time_max);
  out.PutString(gram.Save());
  return out.Take();
}

Result<TrainingBlock> TrainingBlock::Load(std::string_view bytes) {
  ByteReader in(bytes);
  TrainingBlock block;
  block.hash = in.GetString();
  block.target_time_max = in.Get<int64_t>();
  TM_ASSIGN(block.gram, GramBlock::Load(in.GetString()));
  TM_TRY(in.Finish("training block"));
  return block;
}

}  // namespace tidemark
