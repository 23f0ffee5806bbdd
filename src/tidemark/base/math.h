// Transcendental functions with the same bits on every machine (the C library's differ with the
// CPU's features). Errors stay within 1 ulp. Everything numeric calls these, never <cmath>'s.
//
// std::sqrt, std::fabs, std::floor and other correctly rounded operations are fine as they are.
#pragma once

namespace tidemark {

double Log(double x);
double Log1p(double x);
double Exp(double x);
double Sin(double x);
double Cos(double x);
double Pow(double x, double y);
double Erfc(double x);

}  // namespace tidemark
