// The program `tidemark`.

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tidemark/cli/cli.h"

namespace {

// Months of columns come and go by the megabyte: freed memory is used again instead of being
// returned to the system and cleared by it the next time (10 % of a first load), and the first of
// it comes in pages of 2 MiB where the system has them: a fifth of a small run was faults of 4 KiB.
void SetUpMemory() {
  constexpr uintptr_t kHeap = 256 << 20;
  constexpr uintptr_t kHugePage = 2 << 20;
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, kHeap);
  const auto begin = (reinterpret_cast<uintptr_t>(sbrk(0)) + kHugePage - 1) / kHugePage * kHugePage;
  void* volatile grow = std::malloc(kHugePage);  // volatile: or the pair is optimized away
  std::free(grow);
  const auto end = reinterpret_cast<uintptr_t>(sbrk(0));
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  SetUpMemory();
  // Nothing here throws by design; what a library throws past its room is a defect of ours.
  try {
    tidemark::Cli cli;
    tidemark::AddAllVerbs(cli);
    return cli.Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(
        stderr,
        "tidemark: error: %s\n  this is a defect of Tidemark; please report it with the command\n",
        error.what());
    return tidemark::InfoOf(tidemark::ErrorCode::kInternal).exit_code;
  }
}
