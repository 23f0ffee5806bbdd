#include "tidemark/base/math_batch.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tidemark/base/math.h"
#include "tidemark/base/random.h"

namespace tidemark {
namespace {

uint64_t Bits(double x) { return std::bit_cast<uint64_t>(x); }

TEST(LogInPlace, HasTheBitsOfLogForEveryKindOfValue) {
  Random random(21);
  std::vector<double> values = {0.0, 1.0, std::numeric_limits<double>::infinity(), 5e-324, 1e308};
  for (int i = 0; i < 400'000; ++i) {
    values.push_back(1 + 0.01 * random.Normal());  // returns
    values.push_back(
        std::ldexp(random.Uniform(), static_cast<int>(random.Below(90)) - 45));  // sizes
    values.push_back(std::fabs(std::bit_cast<double>(random.Next())));           // anything
  }
  std::vector<double> logs = values;
  LogInPlace(logs.data(), logs.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    ASSERT_EQ(Bits(logs[i]), Bits(Log(values[i]))) << values[i];
  }
}

TEST(LogInPlace, WhatHasNoLogarithmIsTheOneNull) {
  const uint64_t null = Bits(std::numeric_limits<double>::quiet_NaN());
  for (size_t count = 1; count <= 9; ++count) {
    std::vector<double> values(count, 1.0);
    values[count - 1] = -1.0;
    values[count / 2] = -std::numeric_limits<double>::quiet_NaN();
    LogInPlace(values.data(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(Bits(values[i]), i == count - 1 || i == count / 2 ? null : Bits(0.0)) << i;
    }
  }
}

TEST(LogInPlace, OfColumnsIsThatOfEachOfThem) {
  Random random(5);
  for (size_t columns = 0; columns <= 9; ++columns) {
    for (size_t count = 0; count <= 9; ++count) {
      std::vector<std::vector<double>> alone(columns);
      for (auto& column : alone) {
        for (size_t i = 0; i < count; ++i) column.push_back(random.Normal());
      }
      std::vector<std::vector<double>> together = alone;
      std::vector<double*> places;
      for (size_t c = 0; c < columns; ++c) {
        LogInPlace(alone[c].data(), count);
        places.push_back(together[c].data());
      }
      LogInPlace(places, count);
      for (size_t c = 0; c < columns; ++c) {
        for (size_t i = 0; i < count; ++i) {
          ASSERT_EQ(Bits(together[c][i]), Bits(alone[c][i])) << columns << " × " << count;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
