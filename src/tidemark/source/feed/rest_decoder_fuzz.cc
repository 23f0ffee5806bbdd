// Any bytes as a REST reply; the first two bytes are the venue and what was asked.
#include <string_view>

#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/feed/fuzz_sink.h"
#include "tidemark/source/feed/venues.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  constexpr ReceiveTime kAt{1'700'000'000 * kMicrosPerSecond};
  FuzzInput in(data, size);
  const auto decoder = *MakeRestDecoder(kFeedVenues[in.Choose(kFeedVenues.size())]);
  const auto kind = static_cast<RestQuery::Kind>(in.Choose(3));
  CheckingSink sink(kAt);
  decoder->Decode({kind, "BTC-USD", Interval()}, in.rest(), kAt, sink);
  CHECK(sink.events() > 0);
  return 0;
}
