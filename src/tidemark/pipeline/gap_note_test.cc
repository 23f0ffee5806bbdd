#include "tidemark/pipeline/gap_note.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(GapNote, IsReadAsItWasWritten) {
  const Symbol symbol = *Symbol::Parse("BTC-USD");
  using Kind = GapNote::Kind;
  for (const GapNote& note :
       {GapNote{Kind::kLost, symbol, "disconnect", 1'706'709'600'000'000, 0},
        GapNote{Kind::kLost, symbol, "silence", 0, 0}, GapNote{Kind::kLost, symbol, "loss", 9, 7},
        GapNote{Kind::kMissed, symbol, "cross_check", 17, 1'706'709'660'000'000},
        GapNote{Kind::kWhole, symbol, "loss", 17, 1'706'709'660'000'000}}) {
    EXPECT_EQ(*GapNote::Parse(note.ToString()), note) << note.ToString();
  }
  EXPECT_EQ((GapNote{Kind::kWhole, symbol, "loss", 1, 2}).ToString(), "whole BTC-USD loss 1 2");
}

TEST(GapNote, IsNothingElse) {
  for (const char* text :
       {"", "lost", "lost BTC-USD", "lost BTC-USD disconnect", "lost BTC-USD disconnect x",
        "lost BTC-USD disconnect -1", "lost BTC-USD disconnect 1 2 3", "lost ! disconnect 1",
        "whole BTC-USD disconnect 1", "whole BTC-USD  1 2", "found BTC-USD disconnect 1",
        "missed BTC-USD cross_check 1", "missed BTC-USD cross_check 2 1",
        "lost BTC-USD disconnect 99999999999999999999"}) {
    EXPECT_FALSE(GapNote::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace tidemark
