#include "tidemark/lake/row_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

Batch Rows(const std::vector<int64_t>& keys, Random& random) {
  Batch rows(Schema{
      {{"name", ColumnType::kString}, {"key", ColumnType::kInt}, {"word", ColumnType::kString}}});
  for (const int64_t key : keys) {
    rows["name"].strings.Append(random.Bernoulli(0.5) ? "b" : "a");
    rows["key"].ints.push_back(key);
    if (random.Bernoulli(0.1)) {
      rows["word"].strings.AppendNull();
    } else {
      rows["word"].strings.Append(std::to_string(random.Below(1000)));
    }
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
           {std::vector<std::string>{"key"}, std::vector<std::string>{"name", "key"},
            std::vector<std::string>{"key", "word"}}) {
        std::vector<uint32_t> expected(rows.rows);
        std::iota(expected.begin(), expected.end(), 0);
        std::stable_sort(expected.begin(), expected.end(), [&](uint32_t a, uint32_t b) {
          const auto key = [&](uint32_t i) {
            const auto text = [&](const char* name) {
              const StringColumn& texts = rows[name].strings;
              return columns.size() < 2 || (columns[0] != name && columns[1] != name) ||
                             texts.IsNull(i)
                         ? std::string()
                         : texts.At(i);
            };
            return std::tuple(text("name"), rows["key"].ints[i], text("word"));
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

TEST(Concatenated, KeepsEveryValueOfEveryPiece) {
  Random random(6);
  for (int round = 0; round < 20; ++round) {
    std::vector<Batch> pieces;
    std::vector<std::string> words;
    for (size_t p = random.Below(6); p > 0; --p) {
      pieces.push_back(Rows(std::vector<int64_t>(random.Below(50), 7), random));
      const StringColumn& texts = pieces.back()["word"].strings;
      for (size_t i = 0; i < pieces.back().rows; ++i) {
        words.push_back(texts.IsNull(i) ? "" : texts.At(i));
      }
    }
    const Batch all = Concatenated(Rows({}, random).schema, std::move(pieces));
    ASSERT_EQ(all.rows, words.size());
    const StringColumn& texts = all["word"].strings;
    for (size_t i = 0; i < words.size(); ++i) {
      EXPECT_EQ(texts.IsNull(i) ? "" : texts.At(i), words[i]);
      EXPECT_EQ(all["name"].strings.At(i).size(), 1u);
    }
  }
}

}  // namespace
}  // namespace tidemark
