#include "tidemark/base/math.h"

#include <sleef.h>

#include <cmath>

#include "tidemark/base/check.h"

namespace tidemark {

// The "cinz … purec" family is plain C arithmetic, without FMA and without dispatch on the CPU.
double Log(double x) { return Sleef_cinz_logd1_u10purec(x); }
double Log1p(double x) { return Sleef_cinz_log1pd1_u10purec(x); }
double Exp(double x) { return Sleef_cinz_expd1_u10purec(x); }
double Expm1(double x) { return Sleef_cinz_expm1d1_u10purec(x); }
double Sin(double x) { return Sleef_cinz_sind1_u10purec(x); }
double Cos(double x) { return Sleef_cinz_cosd1_u10purec(x); }
double Pow(double x, double y) { return Sleef_cinz_powd1_u10purec(x, y); }
double Erfc(double x) { return Sleef_cinz_erfcd1_u15purec(x); }

double NormalUpperTail(double z) { return 0.5 * Erfc(z * 0.70710678118654752440); }

double NormalQuantile(double p) {
  CHECK(p > 0 && p < 1);
  // Bisection brackets, Newton finishes: slow and plain, used a handful of times.
  double low = -40, high = 40;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (1 - NormalUpperTail(middle) < p && NormalUpperTail(middle) > 1 - p ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace tidemark
