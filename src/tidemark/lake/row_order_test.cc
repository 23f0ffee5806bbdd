#include "tidemark/lake/row_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

Batch Rows(const std::vector<int64_t>& keys, Random& random) {
  Batch rows(Schema{{{"name", ColumnType::kString}, {"key", ColumnType::kInt}}});
  for (const int64_t key : keys) {
    rows["name"].strings.Append(random.Bernoulli(0.5) ? "b" : "a");
    rows["key"].ints.push_back(key);
  }
  rows.SetRows(keys.size());
  return rows;
}

// Few sorted pieces are merged, many are sorted: both ways equal rows keep their order.
TEST(SortOrder, IsTheStableOrderWhateverThePiecesRowsComeIn) {
  Random random(5);
  for (const size_t pieces : {0u, 1u, 2u, 3u, 15u, 16u, 17u, 18u, 40u}) {
    for (int round = 0; round < 50; ++round) {
      std::vector<int64_t> keys;
      for (size_t p = 0; p < pieces; ++p) {
        std::vector<int64_t> piece(1 + random.Below(20));
        for (int64_t& key : piece) key = static_cast<int64_t>(random.Below(30));
        std::sort(piece.begin(), piece.end());
        keys.insert(keys.end(), piece.begin(), piece.end());
      }
      const Batch rows = Rows(keys, random);
      for (const std::vector<std::string>& columns :
           {std::vector<std::string>{"key"}, std::vector<std::string>{"name", "key"}}) {
        std::vector<uint32_t> expected(rows.rows);
        std::iota(expected.begin(), expected.end(), 0);
        std::stable_sort(expected.begin(), expected.end(), [&](uint32_t a, uint32_t b) {
          const auto key = [&](uint32_t i) {
            return std::pair(columns.size() > 1 ? rows["name"].strings.At(i) : std::string(),
                             rows["key"].ints[i]);
          };
          return key(a) < key(b);
        });
        const auto order = SortOrder(rows, columns);
        EXPECT_EQ(order.has_value(), !std::is_sorted(expected.begin(), expected.end()));
        EXPECT_EQ(order.value_or(expected), expected);
        EXPECT_TRUE(IsSorted(rows.Take(expected), columns));
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
