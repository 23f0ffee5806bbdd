#include "tidemark/forecast/student_t.h"

#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/math.h"

namespace tidemark {
namespace {

// Γ(a + 1/2) / (Γ(a) √a) → 1: by recurrence up to a >= 32, then its asymptotic series.
double HalfGammaRatio(double a) {
  double factor = 1;
  while (a < 32) {
    // r(a) = r(a+1) · a/(a + 1/2) · √((a+1)/a)
    factor *= a / (a + 0.5) * std::sqrt((a + 1) / a);
    a += 1;
  }
  const double u = 1 / a;
  const double series =
      1 +
      u * (-1.0 / 8 +
           u * (1.0 / 128 + u * (5.0 / 1024 + u * (-21.0 / 32768 + u * (-399.0 / 262144 +
                                                                        u * (869.0 / 4194304))))));
  return factor * series;
}

// The continued fraction of I_x(a, b); fast for x < (a + 1)/(a + b + 2).
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
  double value = d;
  for (int m = 1; m <= 10'000; ++m) {
    const double k = m;
    for (int half = 0; half < 2; ++half) {
      const double term = half == 0 ? k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
                                    : -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
      d = 1 + term * d;
      d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
      c = 1 + term / c;
      if (std::fabs(c) < kTiny) c = kTiny;
      value *= c * d;
      if (half == 1 && std::fabs(c * d - 1) < 1e-15) return value;
    }
  }
  return value;
}

}  // namespace

double StudentUpperTail(double t, double degrees) {
  CHECK(degrees > 0);
  if (t == 0) return 0.5;
  const double a = 0.5 * degrees;
  const double square = t * t;
  const double y = square / (degrees + square);  // 1 − x
  // x^a (1−x)^½ / B(a, ½), with B(a, ½) = √π Γ(a)/Γ(a+½)
  const double log_x = -Log1p(square / degrees);
  const double front =
      Exp(a * log_x) * std::sqrt(y) * HalfGammaRatio(a) * std::sqrt(a) / 1.7724538509055160273;
  double tail;
  if (1 - y < (a + 1) / (a + 2.5)) {
    tail = 0.5 * front * BetaFraction(a, 0.5, 1 - y) / a;
  } else {
    tail = 0.5 * (1 - front * BetaFraction(0.5, a, y) / 0.5);
  }
  return t > 0 ? tail : 1 - tail;
}

}  // namespace tidemark
