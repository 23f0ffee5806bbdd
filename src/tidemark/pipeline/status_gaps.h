// Holes in the base rows, for people: how many of which length, the longest, coverage by month.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

struct GapRow {
  SeriesKey series;
  EventTime from, to;
  int64_t missing = 0;
  bool suspected_outage = false;
  // "suspected_outage", else "unknown": files do not say why a minute is missing.
  std::string reason() const { return suspected_outage ? "suspected_outage" : "unknown"; }
  int64_t micros() const { return to - from; }
};

struct GapClass {
  std::string name;      // "1 to 5 min"
  int64_t least_us = 0;  // a gap of this class is at least this long…
  int64_t below_us = 0;  // …and shorter than this
  int64_t gaps = 0, missing = 0, suspected_outages = 0;
};

struct MonthCoverage {
  EventTime month;
  int64_t rows = 0, expected = 0;
};

struct SeriesGaps {
  SeriesKey series;
  int64_t gaps = 0, missing = 0, suspected_outages = 0;
  std::vector<GapClass> classes;        // by length, all of them
  std::vector<MonthCoverage> coverage;  // months between the first and the last row, in order
};

struct GapQuery {
  Selection selection;  // times: gaps that overlap them
  int64_t min_micros = 0;
  std::string reason;  // "" = any
};

struct GapReport {
  int64_t epoch = 0;
  std::vector<SeriesGaps> series;
  std::vector<GapRow> rows;  // all that the query takes, in order of series and time
};

// Errors: kInvalidArgument (an unknown reason), kNotFound, those of the lake.
Result<GapReport> ReadGaps(const LakeView& view, const GapQuery& query);

}  // namespace tidemark
