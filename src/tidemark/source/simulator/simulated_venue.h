// The speech of one venue: what a simulated server answers and tells, as texts. Pure: no network,
// no clock. A venue is one file: a class below, and a line in MakeSimulatedVenue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/source/simulator/simulated_market.h"

namespace tidemark {

struct VenueStream {
  enum class Kind : uint8_t { kTrades, kAggregates, kCandles, kHeartbeats };
  Kind kind = Kind::kTrades;
  size_t symbol = 0;  // in the market's list
  std::string name;   // the venue's own
  bool operator==(const VenueStream&) const = default;
};

// What a message of the client brings about.
struct VenueAnswer {
  std::vector<std::string> texts;  // told at once, before any row of the added streams
  std::vector<VenueStream> add, remove;
};

struct RestAnswer {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  int weight = 1;  // against the limit of a minute
};

// A request's target: "/api/v3/trades?symbol=BTCUSDT&limit=5", its names and values decoded.
struct HttpTarget {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;

  static HttpTarget Parse(std::string_view text);  // whatever the bytes
  // nullopt: it does not say.
  std::optional<std::string> Find(std::string_view name) const;
  // At least 0 and at most 10^13, which others become; nullopt: no whole number.
  std::optional<int64_t> Number(std::string_view name) const;
};

// A whole number without anything around it.
std::optional<int64_t> WholeNumber(std::string_view text);

// One object belongs to one connection, or to all requests.
class SimulatedVenue {
 public:
  virtual ~SimulatedVenue() = default;
  // The market's trade times have at least this step.
  virtual int64_t time_step_us() const = 0;
  // As in names of files and messages: "BTCUSDT".
  virtual std::string SpellingOf(const Symbol& symbol) const = 0;

  // A websocket opens; nullopt: there is none at this target.
  virtual std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime now) = 0;
  // `held`: the streams of the connection.
  virtual VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                             EventTime now) = 0;
  // `told`: the venue's clock. "": it says nothing of the kind.
  virtual std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                                EventTime told) = 0;
  virtual std::string BarText(const VenueStream& stream, const SimulatedBar& bar, bool closed,
                              EventTime told) = 0;
  // Whether its feed has candles of minutes without trades.
  virtual bool tells_empty_minutes() const { return true; }
  // Once a second or less where there is such a stream; trades before `now` have been told.
  virtual std::string HeartbeatText(const VenueStream& /*stream*/, EventTime /*now*/,
                                    EventTime /*told*/) {
    return {};
  }
  // How a message of a stream goes out: asked once for each of the connection, in their order, also
  // for one that is lost on its way. Here the venue numbers them, if it does; OnText numbers its
  // answers itself.
  virtual std::string Sent(std::string text) { return text; }
  // Asks for another connection; "": the venue has no words for it.
  virtual std::string ShutdownText(EventTime told) = 0;
  // Messages a client may send within a second; 0: any number.
  virtual int requests_per_second() const { return 0; }

  // `now`: up to where trades are known; `told`: the venue's clock.
  virtual RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) = 0;
  // 429 or 5xx in the venue's words.
  virtual RestAnswer Refusal(int status) = 0;
  virtual int weight_per_minute() const = 0;
  // Where it tells how much of that is used; "": nowhere.
  virtual std::string_view weight_header() const { return ""; }
};

// The market's symbol that the venue spells so; nullopt: none.
std::optional<size_t> SymbolSpelled(const SimulatedVenue& venue, const SimulatedMarket& market,
                                    std::string_view spelling);
// "2024-01-01T00:00:00.123456Z", always with six decimals.
std::string IsoMicros(int64_t us);

// The venues there is a class for. Errors: kNotFound.
std::vector<std::string_view> SimulatedVenues();
// The market is borrowed.
Result<std::unique_ptr<SimulatedVenue>> MakeSimulatedVenue(std::string_view name,
                                                           SimulatedMarket& market);

}  // namespace tidemark
