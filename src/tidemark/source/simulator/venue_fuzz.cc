// Any bytes as what a client of a simulated venue may send: an address, a message, a request; and
// as what a user may write: faults, a script.
#include <string>
#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/simulator/simulated_venue.h"
#include "tidemark/source/simulator/venue_faults.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const EventTime start{1'704'067'200'000'000};
  MarketOptions options{.seed = 1, .start = start};
  options.symbols = {*ParseMarketSymbol("BTC-USDT"), *ParseMarketSymbol("ETH-USD")};
  const std::string_view name = SimulatedVenues()[in.Choose(SimulatedVenues().size())];
  static SimulatedMarket market(options);
  const auto venue = *MakeSimulatedVenue(name, market);
  const EventTime now = start + 3 * kMicrosPerMinute;
  const size_t kind = in.Choose(5);
  const std::string_view text = in.rest();
  std::vector<VenueStream> held;
  const auto take = [&](const VenueAnswer& answer) {
    for (const VenueStream& stream : answer.add) {
      CHECK(stream.symbol < market.symbols().size() && !stream.name.empty());
      held.push_back(stream);
    }
  };
  if (kind == 0) {
    if (const auto answer = venue->OnOpen(HttpTarget::Parse(text), now)) take(*answer);
  } else if (kind == 1) {
    // Lines are messages of one connection.
    for (std::string_view rest = text; !rest.empty();) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      take(venue->OnText(rest.substr(0, end), held, now));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  } else if (kind == 2) {
    const RestAnswer answer = venue->OnRequest(HttpTarget::Parse(text), now, now);
    CHECK(answer.status >= 200 && answer.status < 600 && !answer.body.empty());
  } else if (kind == 3) {
    if (const auto faults = ParseVenueFaults(text)) {
      for (const double share : faults->share) CHECK(share >= 0 && share <= 1);
    }
  } else if (const auto script = ParseFaultScript(text)) {
    for (const ScriptedFault& fault : *script) CHECK(fault.at_us >= 0 && fault.for_us >= 0);
  }
  return 0;
}
