// What all connections of a simulated venue share. Used from one thread.
#pragma once

#include <memory>
#include <string>

#include "tidemark/base/clock.h"
#include "tidemark/source/simulator/simulated_market.h"
#include "tidemark/source/simulator/simulated_venue.h"
#include "tidemark/source/simulator/venue_faults.h"
#include "tidemark/source/simulator/venue_server.h"

namespace tidemark {

// How a request ends.
struct RestReply {
  RestAnswer answer;
  bool truncate = false;  // end the connection in the middle of the body
};

class VenueWorld {
 public:
  // Errors: kInvalidArgument, kNotFound.
  static Result<std::unique_ptr<VenueWorld>> Make(const VenueServerOptions& options, Clock& clock);

  const VenueServerOptions& options() const { return options_; }
  SimulatedMarket& market() { return *market_; }
  const FaultPlan& plan() const { return plan_; }
  VenueCounts& counts() { return counts_; }
  // The venue's time; stands still when the duration is over.
  EventTime Now() const;
  bool over() const;
  // Between two heartbeats: a second, on a fast clock as many as make a hundred each second.
  int64_t heartbeat_us() const;
  int64_t RealNanos() const { return clock_.MonotonicNanos(); }
  bool out() const { return Now() < plan_.ScriptedUntil(VenueFault::kOutage, Now()); }

  // For one more connection.
  std::unique_ptr<SimulatedVenue> MakeVenue();
  // With the date by its clock.
  RestReply OnRequest(const std::string& method, const std::string& target);
  std::string StatusJson() const;
  // The files of the truth up to now. Errors: kInvalidArgument: the options name no folder for
  // them; those of base/file.h.
  Status WriteTruth();

 private:
  VenueWorld(const VenueServerOptions& options, Clock& clock);
  RestReply Answer(const std::string& method, const std::string& target);
  RestReply Simulator(const std::string& method, const std::string& path);
  // A request over the limit of the minute; then the answer has a Retry-After.
  bool OverWeight(int64_t* retry_after_s);

  VenueServerOptions options_;
  Clock& clock_;
  int64_t began_ns_;
  FaultPlan plan_;
  VenueCounts counts_;
  std::unique_ptr<SimulatedMarket> market_;
  std::unique_ptr<SimulatedVenue> rest_;
  int64_t weight_minute_ = -1;
  int weight_used_ = 0;
};

}  // namespace tidemark
