// One self-contained HTML page about a lake: what came in, what was forecast, how far to trust it.
//
// The page asks no network and no library. Numbers come from the tables by SQL; charts get them
// downsampled honestly (least, greatest and last of each pixel-sized bucket), tables whole or cut
// with a note that says so.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/query/sql_session.h"

namespace tidemark {

struct ReportOptions {
  std::string title = "Tidemark report";
  std::string lake;  // its URI, as shown
  int64_t epoch = 0;
  std::string version;       // of the program
  std::string generated_at;  // text; "" leaves it out
  std::string command;       // reproduces the lake: "tidemark run ltcusd.csv …"
  std::string config_toml;
  // (table and series, rows and sha256) as `verify --digest` prints them; may be empty.
  std::vector<std::pair<std::string, std::string>> digests;
  // Results of `evaluate --null-market --json` and `evaluate --study --json`; "" when not run, and
  // then the section says how to get them. Any JSON: objects in arrays become tables.
  std::string null_market_json;
  std::string study_json;
  // Outcomes further away are not scored (`max_target_span`).
  int64_t max_target_span_us = 24 * 3'600'000'000LL;
  // Series shown, most rows first; the page says how many it leaves out.
  int max_series = 6;
  int64_t max_bytes = 3'000'000;
};

// Errors: those of the queries; kInvalidArgument when a JSON text is not JSON's size or shape.
Result<std::string> RenderReport(SqlSession& session, const ReportOptions& options);

}  // namespace tidemark
