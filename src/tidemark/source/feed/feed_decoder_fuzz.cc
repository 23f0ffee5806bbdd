// Any bytes as the messages of one connection, a line each; the first byte is the venue. Each
// message gives at least one event, each event keeps the rules, and what is read without the parser
// is what the parser makes of it.
#include <algorithm>
#include <string_view>

#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/fuzz_sink.h"
#include "tidemark/source/feed/venues.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  constexpr ReceiveTime kAt{1'700'000'000 * kMicrosPerSecond};
  FuzzInput in(data, size);
  const std::string_view venue = kFeedVenues[in.Choose(kFeedVenues.size())];
  const auto decoder = *MakeFeedDecoder(venue, "btcusd");
  const auto quick = *MakeFeedDecoder(venue, "btcusd"), parsing = *MakeFeedDecoder(venue, "btcusd");
  CheckingSink sink(kAt);
  for (std::string_view rest = in.rest(); !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const int64_t before = sink.events();
    const std::string_view text = rest.substr(0, end);
    decoder->Decode(text, kAt, sink);
    CHECK(sink.events() > before);
    const Strings events = EventsOf(*quick, text, kAt);
    CHECK(text == "pong" || SameEvents(events, ParsedEventsOf(*parsing, text, kAt)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
