// Any bytes as the state of a feature pack: refused, or a state that saves to the same bytes and
// folds on.
#include "tidemark/feature/feature_pack.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/base/random.h"

namespace tidemark {
namespace {

CandleColumns Rows(size_t count) {
  Random random(7);
  CandleColumns rows;
  EventTime at{1'600'000'020'000'000};
  for (size_t i = 0; i < count; ++i) {
    const double low = 90 + random.Uniform(), high = 110 + random.Uniform();
    rows.Append({at, 100 + random.Normal(), high, low, 100 + random.Normal(),
                 random.Bernoulli(0.1) ? kNull : random.Uniform()});
    at = at + static_cast<int64_t>(1 + random.Below(3)) * kMicrosPerMinute;
  }
  return rows;
}

FeaturePack Pack(size_t choice) {
  if (choice == 0) return *FeaturePack::Make(FeaturePack::DefaultSpecs(), Interval());
  if (choice == 1) {
    return *FeaturePack::Make({"sma_30m", "ema_5", "rsi_3_rel", "log_return_1", "adx_3"},
                              Interval());
  }
  return *FeaturePack::Make({"stoch_k_5_3_3", "obv_4", "vwma_3", "cci_4", "mfi_3", "amihud_3",
                             "volume_zscore_4", "bbands_pctb_4_2", "elapsed_3", "natr_3"},
                            Interval());
}

std::string StateOf(FeaturePack& pack, const CandleColumns& rows) {
  std::vector<std::vector<double>> out(pack.names().size());
  pack.Step(rows, 0, 50, &out);
  ByteWriter state;
  pack.Save(state);
  return state.Take();
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  static const CandleColumns rows = Rows(70);
  static FeaturePack packs[] = {Pack(0), Pack(1), Pack(2)};
  static const std::string states[] = {StateOf(packs[0], rows), StateOf(packs[1], rows),
                                       StateOf(packs[2], rows)};
  FuzzInput in(data, size);
  const size_t choice = in.Choose(3);
  FeaturePack& pack = packs[choice];
  const std::string bytes = in.Choose(4) == 0 ? std::string(in.rest()) : in.Edit(states[choice]);
  ByteReader reader(bytes);
  if (const auto loaded = pack.Load(reader); !loaded) {
    CHECK(loaded.error().code() == ErrorCode::kCorrupt);
  } else {
    ByteWriter saved;
    pack.Save(saved);
    CHECK(bytes.starts_with(saved.bytes()));
  }
  std::vector<std::vector<double>> out(pack.names().size());
  pack.Step(rows, 50, rows.size(), &out);
  for (const auto& column : out) CHECK(column.size() == 20);
  ByteWriter after;
  pack.Save(after);
  return 0;
}
