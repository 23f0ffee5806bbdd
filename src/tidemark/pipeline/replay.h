// `tidemark replay`: recorded messages through the same path as live ones.
#pragma once

#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/epoch.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

struct ReplayOptions {
  // Recorded conversations (source/feed/recording.h), folders of what `live` has recorded, or
  // folders of all these.
  std::vector<std::string> paths;
  std::string venue;  // of conversations; "" = by the addresses in them
  double speed = 0;   // of the times things were received; 0 = as fast as it goes
  Progress* progress = nullptr;
};

struct ReplayReport {
  int64_t epoch = 0, epochs = 0;
  std::vector<SourceCount> sources;  // summed over the epochs
  FeedIntake::Totals totals;
  int64_t connections = 0;
  int64_t other_lines = 0;  // what was sent, replies of other kinds, configurations
  double seconds = 0;
  std::string recovered;
};

// Errors: kNotFound, kParse (not a recording), kInvalidArgument (an address of no known venue),
// those of the lake.
Result<ReplayReport> Replay(const Config& config, const ReplayOptions& options);

}  // namespace tidemark
