// The program `tidemark`.

#include <malloc.h>

#include <cstdio>
#include <exception>

#include "tidemark/cli/cli.h"

int main(int argc, char** argv) {
  // Months of columns come and go by the megabyte: freed memory is used again instead of being
  // returned to the system and cleared by it the next time (10 % of a first load).
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
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
