// Any bytes as what the journal keeps of a forecast operator: refused, or saved to the same bytes.
#include "tidemark/pipeline/forecast_state.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"

namespace tidemark {
namespace {

std::string GoodFold() {
  FoldState state;
  state.entries = {{"persistence", "ab12", "model", ResidualInterval{-0.5, 0.5}},
                   {"drift", "cd34", "", std::nullopt}};
  state.training_rows = 1000;
  return state.Save();
}

template <typename State>
void Check(const std::string& bytes) {
  const auto state = State::Load(bytes);
  if (state) {
    CHECK(state->Save() == bytes);
  } else {
    CHECK(state.error().code() == ErrorCode::kCorrupt ||
          state.error().code() == ErrorCode::kVersion);
  }
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  switch (in.Choose(4)) {
    case 0:
      Check<FoldState>(std::string(in.rest()));
      break;
    case 1:
      Check<FoldState>(in.Edit(GoodFold()));
      break;
    case 2:
      Check<TrainingBlock>(std::string(in.rest()));
      break;
    default:
      Check<TrainingBlock>(in.Edit(TrainingBlock().Save()));
  }
  return 0;
}
