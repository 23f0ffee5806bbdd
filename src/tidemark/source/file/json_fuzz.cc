// Any bytes as JSON in any layout.
#include "tidemark/source/file/fuzz_read.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tidemark::FuzzRead("ltcusd.json", {reinterpret_cast<const char*>(data), size});
  return 0;
}
