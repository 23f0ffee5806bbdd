// What a lake holds: tables, series, sources and how far they have been read, suspect rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/tables.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/live_note.h"
#include "tidemark/pipeline/row_counts.h"

namespace tidemark {

struct TableStatus {
  std::string name;
  TableKind kind = TableKind::kBase;
  int64_t rows = 0, files = 0, bytes = 0;
};

struct SeriesStatus {
  SeriesKey series;
  int64_t rows = 0;
  EventTime first_open, last_open;
  int64_t gaps = 0, suspected_outages = 0;
  EventTime watermark = kMinTime;  // what closes its candles; kMinTime when not known
  std::vector<EventTime> spikes;   // open times of rows that leave the price and come back at once
};

// Trades of a series: first_open and last_open are the times of the first and the last, gaps those
// that are open.
using TradesStatus = SeriesStatus;

// Sums over the epochs of one source, and where its last read ended.
struct SourceStatus : RowCounts {
  std::string source;
  int64_t bytes = 0;  // of its latest epoch
  int64_t last_epoch = 0;
  ReceiveTime last_received;
};

struct LakeStatus {
  std::string uri;
  int64_t epoch = 0;
  ReceiveTime committed_at;  // {0} when the record says nothing
  std::vector<TableStatus> tables;
  std::vector<SeriesStatus> series;
  std::vector<TradesStatus> trades;
  std::vector<SourceStatus> sources;
  std::optional<LiveNote> live;  // of the one that runs on this machine now; nullopt: none does
};

// `selection` limits the series; its times limit the spikes looked for. With `find_spikes` the
// closes of every series are read.
Result<LakeStatus> ReadStatus(const PinnedLake& lake, const Selection& selection,
                              bool find_spikes = true);

}  // namespace tidemark
