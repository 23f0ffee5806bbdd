#include "tidemark/pipeline/feature_overlay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tidemark {
namespace {

FeatureOverlay::Piece PieceOf(int64_t start, size_t rows) {
  FeatureOverlay::Piece piece{.range = {{start}, {start + 100}}, .time = {}, .columns = {}};
  piece.columns.resize(2);
  for (size_t i = 0; i < rows; ++i) {
    piece.time.push_back(start + static_cast<int64_t>(i));
    piece.columns[0].push_back(static_cast<double>(start) + 0.5 * static_cast<double>(i));
    piece.columns[1].push_back(i == 0 ? std::numeric_limits<double>::quiet_NaN() : -1.0);
  }
  return piece;
}

// `limit`: bytes; a piece of 10 rows takes 240.
void ExpectAllComeBack(int64_t limit) {
  FeatureOverlay overlay(limit);
  for (const int64_t start : {300, 0, 200, 100}) ASSERT_TRUE(overlay.Add(PieceOf(start, 10)));
  ASSERT_TRUE(overlay.Add(PieceOf(400, 0)));
  const auto all = overlay.Overlapping({{50}, {450}});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 5u);
  for (size_t p = 0; p < 5; ++p) {
    const FeatureOverlay::Piece& piece = *(*all)[p];
    const auto expected = PieceOf(static_cast<int64_t>(p) * 100, p == 4 ? 0 : 10);
    EXPECT_EQ(piece.range.start, expected.range.start);
    EXPECT_EQ(piece.time, expected.time);
    EXPECT_EQ(piece.columns[0], expected.columns[0]);
    for (size_t i = 0; i < piece.time.size(); ++i) {
      EXPECT_EQ(std::isnan(piece.columns[1][i]), i == 0);
    }
  }
  const auto one = overlay.Overlapping({{100}, {200}});
  ASSERT_TRUE(one);
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ(one->front()->range.start, EventTime{100});
}

TEST(FeatureOverlay, PiecesComeBackInOrderFromMemory) { ExpectAllComeBack(1 << 20); }
TEST(FeatureOverlay, PiecesPastTheLimitComeBackFromScratchFiles) { ExpectAllComeBack(500); }
TEST(FeatureOverlay, WithoutMemoryEverythingComesBackFromScratchFiles) { ExpectAllComeBack(0); }

}  // namespace
}  // namespace tidemark
