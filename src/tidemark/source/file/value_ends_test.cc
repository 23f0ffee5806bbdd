#include "tidemark/source/file/value_ends.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

TEST(ValueEnds, AreThoseOfASlowSearch) {
  const uint64_t seed = 8;
  SCOPED_TRACE(seed);
  Random random(seed);
  int64_t found = 0, asked = 0;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    std::vector<uint32_t> expected;
    const uint64_t width = 1 + random.Below(30);
    for (uint64_t n = random.Below(20'000); n > 0; --n) {
      const uint64_t kind = random.Below(width);
      if (kind == 0) expected.push_back(static_cast<uint32_t>(text.size()));
      text += kind == 0 ? (random.Below(5) == 0 ? '\n' : ';') : static_cast<char>('A' + kind);
      if (random.Below(3'000) == 0) text += "\"\\\r"[random.Below(3)];
    }
    ValueEnds ends(text, ';');
    size_t offset = 0, next = 0;
    while (offset < text.size()) {
      while (next < expected.size() && expected[next] < offset) ++next;
      const size_t count = 1 + random.Below(9);
      const uint32_t* const at = ends.From(offset, count);
      ++asked;
      if (at != nullptr) {
        ++found;
        ASSERT_LE(next + count, expected.size());
        for (size_t k = 0; k < count; ++k) ASSERT_EQ(at[k], expected[next + k]) << offset;
        const std::string_view passed =
            std::string_view(text).substr(offset, at[count - 1] - offset);
        ASSERT_EQ(passed.find_first_of("\"\\\r"), passed.npos);
      }
      if (at != nullptr && random.Below(4) != 0) {
        ends.Pass(count);
        offset = at[count - 1] + size_t{1};
      } else {
        offset += 1 + random.Below(70);
      }
    }
  }
  EXPECT_GT(found, asked / 2);
}

}  // namespace
}  // namespace tidemark
