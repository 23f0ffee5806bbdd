// From sources to accepted rows: reads every source from where it was left, counts every row,
// merges with what is stored and writes the base tables of the epoch.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/progress.h"
#include "tidemark/pipeline/row_counts.h"
#include "tidemark/pipeline/row_spool.h"
#include "tidemark/pipeline/sources.h"
#include "tidemark/pipeline/watermarks.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {

struct SourceCount : RowCounts {
  std::string source;
  std::string table = VendorCandlesTable().name;  // where its accepted rows go
  int64_t bytes = 0;
  bool unchanged = false;
  std::string layout;
};

// What the sources gave, before anything is written.
struct Intake {
  SourceList sources;
  std::vector<SourceCount> counts;  // of the sources read, in order of reading
  std::map<std::string, ReadSummary> summaries;
  Batch rejects{RejectsTable().schema};
  std::unique_ptr<RowSpool> spool;
  std::unique_ptr<TradeSpool> trades;
  // Of feeds, on their way into `trades`: Spool() puts them there, and takes its time.
  struct FeedTrades {
    TradeSeriesId series;
    TradeColumns rows;
    int32_t source = 0;
  };
  std::vector<FeedTrades> unspooled;
  Status Spool();
  SourceWatermarks watermarks;      // greatest close time of the candles, greatest time of trades
  std::set<std::string> following;  // "SOURCE VENUE SYMBOL" that go on; all else has ended
  Batch rates{ExchangeRatesTable().schema};   // of feeds, as they came: without revisions
  Batch gap_events{GapEventsTable().schema};  // of feeds
  Batch issued{IssuedTable().schema};         // said before this epoch; its rows have no order
};

// Reads what is new in `config.sources`. Errors: kNotFound, kUnavailable, kTooManyRejects (the
// rejects are then in the file that the message names), kParse.
Result<Intake> ReadSources(const Config& config, const LakeView& view, int64_t epoch,
                           ReceiveTime now, ThreadPool& threads, Progress* progress);

// The last known position of every source of the lake, from the ledger.
Result<std::map<std::string, FilePosition>> PositionsOf(const LakeView& view);
// All sources that have ever been read, in the order of their names.
Result<SourceList> KnownSources(const LakeView& view);

// Writes vendor_candles and revisions of one series; adds to `counts` (by source index). Returns
// the open times whose current value changed.
Result<RangeSet> WriteBase(BaseSeries& base, const std::vector<EventTime>& months,
                           const SourceList& sources, int64_t epoch, EpochWriter& writer,
                           std::vector<MergeCounts>* counts);

// Writes trades, trade_revisions and ambiguous_trades of one series. Returns the times whose trades
// changed.
Result<RangeSet> WriteTrades(TradeSeries& series, const std::vector<EventTime>& days,
                             const SourceList& sources, int64_t epoch, EpochWriter& writer,
                             std::vector<MergeCounts>* counts);

// The same after BaseSeries::Forget: whole months, and their revisions, as they are without the
// forgotten source.
Result<RangeSet> RewriteBase(BaseSeries& base, const std::vector<EventTime>& months,
                             const SourceList& sources, int64_t epoch, EpochWriter& writer);
// The same of trades, after TradeSeries::Forget.
Result<RangeSet> RewriteTrades(TradeSeries& series, const std::vector<EventTime>& days,
                               const SourceList& sources, int64_t epoch, EpochWriter& writer);

// The intake's counts with what the merge, by source index, made of the rows.
std::vector<SourceCount> CountsAfter(const Intake& intake, const std::vector<MergeCounts>& merged);

// Writes rejects, ledger, gap events and `watermarks` of the epoch.
Status WriteFacts(const Intake& intake, const SourceWatermarks& watermarks, const Batch& gap_events,
                  const std::vector<MergeCounts>& counts, int64_t epoch, ReceiveTime now,
                  EpochWriter& writer, std::vector<SourceCount>* report);

}  // namespace tidemark
