// One simulated day: a venue, several lives of `live` against it, and what must be so afterwards.
// All of it follows from the seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/virtual_disk.h"
#include "tidemark/base/result.h"
#include "tidemark/source/simulator/venue_server.h"

namespace tidemark::sim {

// How the process ends.
struct Life {
  int64_t down_us = 0;  // nobody runs before it
  int64_t for_us = 0;   // unless the disk ends it earlier
  bool killed = false;  // else it is told to stop
  DiskFaults disk;      // times from the life's beginning
};

struct DayPlan {
  uint64_t seed = 0;
  VenueServerOptions venue;
  EventTime until;  // what is compared
  int64_t cross_check_us = 0;
  double epoch_seconds = 5;
  int64_t lateness_us = 0, idle_us = 0;
  bool whole = false;  // live wants the day from its start, whenever it began to listen
  bool candles = false;  // live follows the venue's own minutes too
  bool record = false;   // all that live receives is kept, and replayed in the end
  // How many days pass in it: with as many trades as in one, but months turn within, and models are
  // refitted each time.
  int64_t stretch = 1;
  std::vector<Life> lives;  // the last one is left alone until the venue's day is over
  std::string Text() const;
};
// `venue`: a simulated one; "": the seed says.
DayPlan PlanDay(uint64_t seed, std::string_view venue);

// What happened, summed over lives; in memory that parent and children share.
struct DayCounts {
  int64_t now_us = 0;  // of the clock
  VenueCounts venue;
  int64_t lives = 0, crashes = 0, disk_failures = 0, points = 0;
  int64_t epochs = 0, frames = 0, reconnects = 0, gaps_opened = 0, gaps_healed = 0;
  int64_t candles = 0, forecasts = 0, outcomes = 0, models = 0, issued = 0;
  int64_t shown = 0;  // of those, as soon as the candle had closed
};

// Runs the lives of the plan in `folder`, each in a process of its own, and then the checks. An
// error says what is not as it must be. `told`: notes of live, when wanted.
Status RunDay(const DayPlan& plan, const std::string& folder, bool told, DayCounts* counts);

}  // namespace tidemark::sim
