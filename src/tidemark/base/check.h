// CHECK(condition): programmer errors end the process, in release builds too. Never for input.
#pragma once

namespace tidemark {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}

#define CHECK(condition)                                       \
  do {                                                         \
    if (!(condition)) [[unlikely]]                             \
      ::tidemark::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
