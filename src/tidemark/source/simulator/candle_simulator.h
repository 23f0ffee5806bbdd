// `tidemark simulate files`: seeded candle files in the two study formats, with everything that
// goes wrong in real archives planted and counted, so that demos and tests need no download.
//
// Into `folder` go one file per symbol (`ltcusd.csv`, `ethusd.json`), below `truth/` the same rows
// clean, in order and each once, and `manifest.json`: what was planted, by kind. Reading the files
// in one pass must give the manifest's ledger, and the accepted rows must be the truth's.
//
// The same options write the same bytes. Rows stream: memory is bounded by the delays, not the
// files.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/series.h"
#include "tidemark/source/simulator/candle_text.h"

namespace tidemark {

struct SimulatedSymbol {
  Symbol symbol;
  SimulatedFormat format = SimulatedFormat::kCsv;
  double start_price = 60;
  int price_decimals = 3;
};
// LTC-USD as CSV and ETH-USD as JSON lines.
std::vector<SimulatedSymbol> StudySymbols();
// "LTC-USD", "LTC-USD:csv", "ETH-USD:json", "BTC-USD:results": known coins get a fitting price.
// Errors: kParse.
Result<SimulatedSymbol> ParseSimulatedSymbol(std::string_view text);

struct SimulateOptions {
  uint64_t seed = 1;
  std::vector<SimulatedSymbol> symbols = StudySymbols();
  EventTime start = {1'640'995'200'000'000};  // 2022-01-01
  int64_t days = 730;                         // of event time
  int64_t rows = 0;  // > 0: stop after so many rows of the clean path, whatever `days` says
  double density = 0.45;
  // Shares of the clean path's rows.
  double duplicates = 0.002;      // sent again later, unchanged
  double late = 0.001;            // sent after rows with later times
  double corrections = 0.0005;    // first with a wrong close, later right
  double corrupted = 0.0002;      // damaged for good; all kinds in turn
  double placeholders = 0.0005;   // rows without values for minutes without trades
  int64_t max_delay_rows = 5000;  // of late rows, repeats and corrections
  double annual_volatility = 0.9;
  double outages_per_year = 6;
  double flash_crashes_per_year = 1;
  double spikes_per_100k_rows = 15;
  bool write_truth = true;
};

struct PlantedReject {
  int64_t position = 0;  // first byte of the row in the file
  int64_t line = 0;      // from 1
  Damage damage = Damage::kGarbage;
};

struct SimulatedFile {
  std::string symbol;
  std::string path;
  std::string truth_path;  // "" without truth
  int64_t bytes = 0;
  // The ledger a reader must arrive at: read = fresh + revised + duplicate + rejected +
  // placeholder.
  int64_t read = 0, fresh = 0, revised = 0, duplicate = 0, rejected = 0, placeholder = 0;
  int64_t truth_rows = 0;  // = fresh
  int64_t late = 0;
  std::array<int64_t, kDamageKinds> damage = {};
  std::vector<PlantedReject> first_rejects;  // at most 1,000
  EventTime first_time, last_time;           // of the truth
  std::vector<TimeRange> outages;
  std::vector<EventTime> flash_crashes;
  std::vector<EventTime> spikes;
};

struct SimulationManifest {
  uint64_t seed = 0;
  std::vector<SimulatedFile> files;  // in the order of SimulateOptions::symbols
  std::string ToJson() const;
};

// Files of those names are replaced. Errors: kInvalidArgument (shares outside [0, 1], no end), kIo,
// kPermission.
Result<SimulationManifest> SimulateFiles(const SimulateOptions& options, const std::string& folder);

}  // namespace tidemark
