#include "tidemark/base/memory.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace tidemark {

void ReturnFreeMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void KeepNoGreatBlocks() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
  // The heap of a thread is of pieces of 64 MiB. An empty one goes back when so much is free in the
  // one before it: of 64 MiB, as `main` may have asked for, never.
  mallopt(M_TOP_PAD, 16 << 20);
#endif
}

}  // namespace tidemark
