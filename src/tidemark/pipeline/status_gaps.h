// Holes in the base rows, for people: how many of which length, the longest, coverage by month;
// and the candles that could not be had whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

struct GapRow {
  SeriesKey series;  // without an interval: of trades
  EventTime from, to;
  int64_t missing = 0;  // rows; of trades those that ids tell
  bool suspected_outage = false;
  // Of candles "suspected_outage", else "unknown": files do not say why a minute is missing. Of
  // trades "ids 11 to 20", "disconnect", "silence".
  std::string reason;
  bool of_trades() const { return series.interval.empty(); }
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
  std::vector<GapClass> classes;        // by length, all of them; none of trades
  std::vector<MonthCoverage> coverage;  // months between the first and the last row, in order
};

// Candles that follow each other, all over a hole and of one origin.
struct PartialCandles {
  SeriesKey series;
  std::string origin;
  EventTime from, to;  // the first opens, the last closes
  int64_t candles = 0;
};

struct GapQuery {
  Selection selection;  // times: gaps that overlap them
  int64_t min_micros = 0;
  std::string reason;    // "" = any; "ids" for all of those
  bool partial = false;  // find the partial candles too
};

// What came later nobody knows.
using KnownUntil = std::vector<std::pair<SeriesKey, EventTime>>;

struct GapReport {
  int64_t epoch = 0;
  std::vector<SeriesGaps> series;
  std::vector<GapRow> rows;  // all that the query takes, in order of series and time
  std::vector<PartialCandles> partial;
  KnownUntil trades_until;
  // Of feeds whose ids do not tell what they left out: what has been checked, which may be less
  // than trades_until. kMinTime: not known here.
  KnownUntil checked_until;
  KnownUntil candles_until;  // those of feeds; some before may be missing, and are among the rows
  // The least of what is known, and checked, of feeds; kMaxTime where there are none.
  EventTime feeds_until = kMaxTime;
};

// Errors: kInvalidArgument (an unknown reason), kNotFound, those of the lake.
Result<GapReport> ReadGaps(const PinnedLake& lake, const GapQuery& query);

}  // namespace tidemark
