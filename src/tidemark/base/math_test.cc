#include "tidemark/base/math.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tidemark/base/bytes.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/random.h"

namespace tidemark {
namespace {

TEST(Math, StaysWithinTwoUnitsOfTheLastPlaceOfLibm) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const double x = std::ldexp(random.Uniform() + 0.5, static_cast<int>(random.Below(60)) - 30);
    const double small = random.Uniform() * 4 - 2;
    const auto near = [](double a, double b) {
      return std::fabs(a - b) <= 2 * std::fabs(b) * 0x1p-52;
    };
    ASSERT_TRUE(near(Log(x), std::log(x))) << x;
    ASSERT_TRUE(near(Exp(small), std::exp(small))) << small;
    ASSERT_TRUE(near(Pow(x, small), std::pow(x, small))) << x << " " << small;
    ASSERT_TRUE(near(Log1p(x), std::log1p(x))) << x;
  }
}

// The bits themselves: this digest was recorded once and is the same on every machine.
TEST(Math, TheBitsNeverChange) {
  Random random(2);
  ByteWriter bytes;
  for (int i = 0; i < 10'000; ++i) {
    const double x = random.Uniform() * 100 + 1e-9;
    for (const double y : {Log(x), Exp(x / 10), Sin(x), Cos(x), Pow(x, 0.3), Erfc(x / 50)})
      bytes.Put(y);
    bytes.Put(random.Normal());
  }
  EXPECT_EQ(Sha256::Of(bytes.bytes()),
            "effe93068f4ae2a0a7b0552f87fb9d77c85b95c6861abb083b4adf3ae244a06a");
}

}  // namespace
}  // namespace tidemark
