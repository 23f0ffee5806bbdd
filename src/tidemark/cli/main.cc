// The program `tidemark`.

#include <cstdio>
#include <exception>

#include "tidemark/cli/cli.h"

int main(int argc, char** argv) {
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
