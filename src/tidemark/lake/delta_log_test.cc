#include "tidemark/lake/delta_log.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace tidemark {
namespace {

constexpr int64_t kHourMs = 3'600'000;

// A commit an hour adds a file and removes the one before it.
Result<TableState> AfterHours(int64_t hours) {
  TableState state;
  state.table = "trades";
  for (int64_t hour = 0; hour < hours; ++hour) {
    DataFile file;
    file.path = fmt::format("trades/month=2024-01/{}.parquet", hour);
    file.size = 1;
    std::string commit;
    if (hour == 0) {
      commit += MetaDataAction(TradesTable(), {}, "id", 0).Dump() + "\n";
      commit += ProtocolAction().Dump() + "\n";
    } else {
      const DataFile before = state.files.begin()->second;
      commit += RemoveAction(before, hour * kHourMs, true).Dump() + "\n";
    }
    commit += AddAction(file, "", true).Dump() + "\n";
    TM_TRY(state.Apply(commit));
  }
  return state;
}

TEST(DeltaLog, RemovedFilesAreListedForAWeek) {
  const auto state = AfterHours(1001);
  ASSERT_TRUE(state) << state.error().message();
  EXPECT_EQ(state->version, 1000);
  EXPECT_EQ(state->files.size(), 1u);
  // Those removed at hours 832 to 1000.
  EXPECT_EQ(state->tombstones.size(), 169u);
  EXPECT_FALSE(state->tombstones.contains("trades/month=2024-01/830.parquet"));
  EXPECT_EQ(state->tombstones.at("trades/month=2024-01/831.parquet"), 832 * kHourMs);

  const auto bytes = EncodeCheckpoint(*state);
  ASSERT_TRUE(bytes) << bytes.error().message();
  TableState again;
  ASSERT_TRUE(DecodeCheckpoint(*bytes, again));
  EXPECT_EQ(again.tombstones, state->tombstones);
  EXPECT_EQ(again.files.size(), 1u);
}

TEST(DeltaLog, BetweenEveryTenthVersionALittleMoreIsListed) {
  const auto state = AfterHours(1010);
  ASSERT_TRUE(state) << state.error().message();
  EXPECT_EQ(state->tombstones.size(), 169u + 9);
}

TEST(DeltaLog, AFileThatIsAddedAgainIsNotRemoved) {
  auto state = AfterHours(3);
  ASSERT_TRUE(state) << state.error().message();
  DataFile again;
  again.path = "trades/month=2024-01/0.parquet";
  again.size = 1;
  ASSERT_TRUE(state->Apply(AddAction(again, "", true).Dump()));
  EXPECT_EQ(state->files.size(), 2u);
  EXPECT_FALSE(state->tombstones.contains(again.path));
}

}  // namespace
}  // namespace tidemark
