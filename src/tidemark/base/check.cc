#include "tidemark/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tidemark {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "tidemark: internal error: %s:%d: CHECK(%s) failed\n", file, line,
               condition);
  std::abort();
}

}  // namespace tidemark
