// Any bytes as the messages of one connection, a line each; the first byte is the venue. Each
// message gives at least one event, and each event keeps the rules.
#include <algorithm>
#include <string_view>

#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/feed/fuzz_sink.h"
#include "tidemark/source/feed/venues.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  constexpr ReceiveTime kAt{1'700'000'000 * kMicrosPerSecond};
  FuzzInput in(data, size);
  const auto decoder = *MakeFeedDecoder(kFeedVenues[in.Choose(kFeedVenues.size())], "btcusd");
  CheckingSink sink(kAt);
  for (std::string_view rest = in.rest(); !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const int64_t before = sink.events();
    decoder->Decode(rest.substr(0, end), kAt, sink);
    CHECK(sink.events() > before);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
