// tidemark simulate venue: a venue's websocket and REST on a local port.
#pragma once

#include <string>
#include <vector>

#include "tidemark/cli/cli.h"

namespace tidemark {

struct SimulateVenueFlags {
  std::string venue = "binance";
  std::string symbols;  // separated by commas
  std::string duration, faults, script;
  int port = 9000;
  double speed = 1;
  double rate = 5;
  int weight = 0;
  bool exit = false;
};

void AddSimulateVenueOptions(VerbOptions& app, SimulateVenueFlags& flags);

// Serves until it is told to end. `start`, `seed`, `out`: the options shared with files; "" where
// not given.
Result<Outcome> SimulateVenue(Cli& cli, const SimulateVenueFlags& flags, const std::string& start,
                              uint64_t seed, const std::string& out);

}  // namespace tidemark
