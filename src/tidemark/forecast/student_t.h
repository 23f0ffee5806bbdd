// The upper tail of Student's t distribution.
#pragma once

namespace tidemark {

// P(T > t) with `degrees` > 0 degrees of freedom, to about 1e-10 relative for degrees up to 1e7:
// half the regularised incomplete beta function I_x(degrees/2, 1/2) at x = degrees/(degrees + t²),
// by the continued fraction of Lentz.
double StudentUpperTail(double t, double degrees);

}  // namespace tidemark
