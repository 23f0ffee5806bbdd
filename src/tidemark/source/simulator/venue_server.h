// A venue on loopback: websocket and REST on one port, from a simulated market on a clock that may
// run faster than ours. One thread; nothing is said of what has not happened yet.
//
// Beside the venue's own paths: GET /simulator/status (its time, what was planted) and POST
// /simulator/truth (writes the files of --out now).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/clock.h"
#include "tidemark/base/result.h"
#include "tidemark/source/simulator/simulated_market.h"
#include "tidemark/source/simulator/venue_faults.h"

namespace tidemark {

struct VenueServerOptions {
  std::string venue = "binance";
  std::vector<MarketSymbol> symbols;
  uint64_t seed = 1;
  EventTime start = {1'704'067'200'000'000};  // 2024-01-01, a whole minute
  double speed = 1;                           // seconds of the venue in one of ours
  int64_t duration_us = 0;                    // > 0: of venue time; then nothing happens any more
  bool exit_at_end = false;                   // Run ends a second after the duration is over
  double trades_per_second = 5;
  std::string address = "127.0.0.1";
  int port = 0;  // 0: a free one
  VenueFaults faults;
  std::vector<ScriptedFault> script;
  int weight_per_minute = 0;  // of REST requests, in our time; 0: the venue's own limit
  std::string truth_folder;   // "": the truth is not written
};

class VenueServer {
 public:
  // Listens; the venue's time begins. The clock is borrowed, and asked for durations only. Errors:
  // kInvalidArgument, kNotFound (no such venue), kUnavailable (the port is taken).
  static Result<std::unique_ptr<VenueServer>> Open(const VenueServerOptions& options, Clock& clock);
  ~VenueServer();
  VenueServer(const VenueServer&) = delete;
  VenueServer& operator=(const VenueServer&) = delete;

  int port() const;
  std::string url() const;       // "ws://127.0.0.1:9000"
  std::string rest_url() const;  // "http://127.0.0.1:9000"
  EventTime Now() const;         // at the venue
  const VenueCounts& counts() const;
  // Names and counts of the faults that were planted, and the time: {"time":…, …}.
  std::string StatusJson() const;

  // Serves until SIGTERM, SIGINT, Stop() or its end; writes the truth when the duration is over and
  // at the end. Errors: of writing it.
  Status Run();
  // May be called from another thread.
  void Stop();

 private:
  class Impl;
  explicit VenueServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark
