// Any bytes as archives, compressed streams, UTF-16 and Parquet.
#include "tidemark/source/file/fuzz_read.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tidemark::FuzzRead("ltcusd.bin", {reinterpret_cast<const char*>(data), size});
  return 0;
}
