#include "tidemark/pipeline/forecast_state.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(FoldState, SavesAndLoadsToTheSameBytes) {
  FoldState state;
  state.entries.push_back({"linear", "abc", "model bytes", ResidualInterval{-0.5, 0.25}});
  state.entries.push_back({"tree", "def", "", std::nullopt});
  state.training_rows = 12;
  state.trained_from = {34};
  state.trained_to = {56};
  state.train_mean_abs_return = 0.125;
  const Bytes bytes = state.Save();
  const FoldState loaded = FoldState::Load(bytes).value();
  EXPECT_EQ(loaded.Save(), bytes);
  EXPECT_EQ(loaded.entries[0].interval, (ResidualInterval{-0.5, 0.25}));
  EXPECT_FALSE(loaded.entries[1].interval.has_value());
}

TEST(FoldState, DamagedBytesAreRefused) {
  FoldState state;
  state.entries.push_back({"linear", "abc", "model bytes", std::nullopt});
  const Bytes bytes = state.Save();
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(FoldState::Load(bytes.substr(0, n)).has_value());
  }
  EXPECT_FALSE(FoldState::Load(bytes + "x").has_value());
  // The flag of the interval, and an interval beside the flag that says there is none.
  const size_t flag = sizeof(uint32_t) + 3 * sizeof(uint64_t) + 6 + 3 + 11;
  for (const auto& [at, value] : {std::pair{flag, 2}, {flag + 1, 1}, {flag + 9, 1}}) {
    Bytes bad = bytes;
    bad[at] = static_cast<char>(value);
    EXPECT_FALSE(FoldState::Load(bad).has_value()) << at;
  }
  EXPECT_FALSE(FoldState::Load(std::string(64, '\xff')).has_value());
}

}  // namespace
}  // namespace tidemark
