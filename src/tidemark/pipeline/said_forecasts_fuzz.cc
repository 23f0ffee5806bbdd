// Any bytes as forecasts that were said: refused, or written as the same bytes again.
#include "tidemark/pipeline/said_forecasts.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/market/tables.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const SaidForecasts usual = {{"binance", *Symbol::Parse("BTC-USDT"), Interval()},
                               {1706748060000000},
                               42000.5,
                               {{"30", "linear", "0123", 0.001}, {"30", "tree", "4567", -0.25}}};
  const Bytes bytes = in.Choose(2) == 0 ? Bytes(in.rest()) : Bytes(in.Edit(usual.Save()));
  const auto said = SaidForecasts::Load(bytes);
  if (!said) return 0;
  const auto again = SaidForecasts::Load(said->Save());
  CHECK(again && again->Save() == said->Save());
  Batch issued(IssuedTable().schema);
  said->AppendTo(&issued, {});
  CHECK(issued.rows == said->all.size());
  (void)said->ToJson({});
  return 0;
}
