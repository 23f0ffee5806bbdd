#include "tidemark/base/math.h"

#include <sleef.h>

namespace tidemark {

// The "cinz … purec" family is plain C arithmetic, without FMA and without dispatch on the CPU.
double Log(double x) { return Sleef_cinz_logd1_u10purec(x); }
double Log1p(double x) { return Sleef_cinz_log1pd1_u10purec(x); }
double Exp(double x) { return Sleef_cinz_expd1_u10purec(x); }
double Sin(double x) { return Sleef_cinz_sind1_u10purec(x); }
double Cos(double x) { return Sleef_cinz_cosd1_u10purec(x); }
double Pow(double x, double y) { return Sleef_cinz_powd1_u10purec(x, y); }
double Erfc(double x) { return Sleef_cinz_erfcd1_u15purec(x); }

}  // namespace tidemark
