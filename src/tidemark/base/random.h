// Seeded random numbers with the same stream on every machine: SplitMix64 seeding xoshiro256**
// (Blackman and Vigna). Nothing in Tidemark draws from anywhere else.
#pragma once

#include <cstdint>

namespace tidemark {

class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t Next();
  // Uniform in [0, bound). REQUIRES bound > 0. Unbiased.
  uint64_t Below(uint64_t bound);
  // Uniform in [0, 1), 53 bits.
  double Uniform();
  // Standard normal (polar method on base/math.h).
  double Normal();
  bool Bernoulli(double p) { return Uniform() < p; }

 private:
  uint64_t state_[4];
  bool has_spare_ = false;
  double spare_ = 0;
};

}  // namespace tidemark
