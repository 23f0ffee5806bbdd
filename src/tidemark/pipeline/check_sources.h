// Whether the configured sources are there, and what their files look like, without reading them
// whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

struct FileCheck {
  std::string uri;
  int64_t bytes = 0;
  std::string series;               // "bitfinex LTC-USD 1m"; "" when not one row could be read
  EventTime first_time = kMinTime;  // of its first rows
  int64_t rejected = 0;             // among the rows looked at
  std::string problem;              // "" = none
};

struct SourceCheck {
  std::string name;
  int64_t files = 0, bytes = 0;
  std::vector<FileCheck> looked_at;  // the first files
  std::string problem;               // of the source as a whole; "" = none
  bool feed = false;  // not connected to: only whether the venue offers what is wanted
  bool ok() const;
};

// Looks into at most `files_max` files of every source. Never fails as a whole: what is wrong is in
// the answer.
std::vector<SourceCheck> CheckSources(const Config& config, size_t files_max = 5);

}  // namespace tidemark
