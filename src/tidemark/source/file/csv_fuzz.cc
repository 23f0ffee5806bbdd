// Any bytes as CSV in any dialect, of candles or of trades.
#include "tidemark/source/file/fuzz_read.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tidemark::FuzzRead("ltcusd.csv", {reinterpret_cast<const char*>(data), size});
  return 0;
}
