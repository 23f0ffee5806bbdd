// Any bytes as a time zone file, and any time asked of it.
#include "tidemark/source/file/zone.h"

#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/base/time.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const int64_t asked[] = {in.Take<int64_t>() / 4, 0, 1'600'000'000'000'000, kMinTime.us,
                           kMaxTime.us};
  const auto zone = Zone::FromTzif(in.rest());
  if (!zone) {
    CHECK(zone.error().code() == ErrorCode::kParse);
    return 0;
  }
  for (const int64_t local_us : asked) (void)zone->ToUtc(local_us);
  return 0;
}
