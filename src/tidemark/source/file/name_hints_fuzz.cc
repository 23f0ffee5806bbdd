// Any bytes as the name of a file, and as a pattern that it may match.
#include "tidemark/source/file/name_hints.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/file/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const size_t split = in.Take<uint8_t>();
  const std::string name(in.rest());
  const NameHints hints = HintsFromName(name);
  if (hints.symbol) CHECK(!hints.symbol->base().empty() && !hints.symbol->quote().empty());
  (void)GlobMatches(name.substr(0, split), name.substr(std::min(split, name.size())));
  (void)GlobMatches(name, name);
  return 0;
}
