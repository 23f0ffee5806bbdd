// Candles of one symbol from its trades as they come: in any order, some late, some twice.
//
//   trades ──Take──► minutes (sorted, each trade once) ──AdvanceTo──► 1m, 5m … 1d, closed
//
// A watermark closes candles: AdvanceTo gives out every candle that ends at or before it, and again
// every candle given out before that trades taken since have changed. What is given is bit for bit
// what TradeBarFold makes of the sorted trades and Rollup of those minutes, so what the lake will
// hold; of each candle the last word counts. One trade of 09:59:58 at 12 that comes when 10:00 is
// closed, intervals 1m and 5m:
//
//   AdvanceTo 10:00:02   1m 09:59 o 10 h 11 l 10 c 11 volume 4      5m 09:55 h 11 volume 9
//   Take      09:59:58
//   AdvanceTo 10:00:05   1m 09:59 o 10 h 12 l 10 c 11 volume 5 late 5m 09:55 h 12 volume 10 late
//
// Trades are held for `retention` behind the watermark, so long a late one makes a correction; one
// that is older is only reported, and the caller goes through the lake. A trade's cost is that of a
// comparison, a copy and exact sums while it is the next in order. No clock, file or thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/candle/minute_trades.h"
#include "tidemark/market/interval.h"

namespace tidemark {

struct CandleStreamOptions {
  std::vector<Interval> intervals = {Interval()};  // which to give: 1m, and what minutes make up
  // Everything before (its minute) is closed already and not held: trades of then are too old, and
  // longer candles that open before it are not given. The trades of the day so far, taken first
  // with a start of 00:00, make the day's own candle complete.
  EventTime start = kMinTime;
  int64_t retention_us = 2 * kMicrosPerDay;
};

struct StreamCandle {
  Interval interval;
  EventTime open_time, close_time;
  CandleValues values;        // no trades: there is no such candle any more
  int64_t rows = 1;           // minutes inside that have trades
  int64_t expected_rows = 1;  // minutes inside
  bool late = false;          // an earlier watermark had passed its close
};

class CandleStream {
 public:
  static constexpr uint32_t kVersion = 1;

  // REQUIRES every interval 1m or made of whole minutes, none twice; retention_us >= 0.
  explicit CandleStream(CandleStreamOptions options);
  CandleStream(CandleStream&&) = default;
  CandleStream& operator=(CandleStream&&) = default;

  struct Taken {
    int64_t added = 0, revised = 0, repeated = 0, too_old = 0;
    int64_t late = 0;  // of the added and revised: their minute was closed
  };
  // Takes rows [begin, end) in the order of acceptance; of one trade the version accepted last
  // stands. Adds the rows that are too old to `too_old`. REQUIRES valid prices and sizes.
  Taken Take(const TradeColumns& rows, size_t begin, size_t end, std::vector<size_t>* too_old);

  // Appends the corrections since the last call and the candles that the watermark closes, in order
  // of (close_time, interval). A watermark never goes back; the same again gives corrections alone.
  void AdvanceTo(EventTime watermark, std::vector<StreamCandle>* out);

  // The minute that the watermark stands in opens here: whatever ends until then is closed.
  EventTime closed_until() const { return {closed_until_}; }
  // Trades before are too old.
  EventTime horizon() const;
  size_t rows_held() const;

  // Equal trades held and equal watermarks, equal bytes, in whatever order and pieces they came.
  void Save(ByteWriter& out) const;
  // Into a stream of the same options. Errors: kCorrupt; then the state is that of the beginning.
  Status Load(ByteReader& in);
  // The minutes that have changed since the last SaveChanges, or since Load: on top of a state
  // saved then or later, LoadChanges makes the present one. So a snapshot costs what has come, and
  // a whole one is needed only now and then. Errors: as Load.
  void SaveChanges(ByteWriter& out);
  Status LoadChanges(ByteReader& in);

 private:
  struct Minute {
    MinuteTrades trades;  // empty when past the horizon
    CandleValues candle;  // as its roll-ups have it; none while open
  };
  using Minutes = std::map<int64_t, Minute>;  // by open time
  struct Bucket {
    CandleValues prices;          // open, high, low, close
    int64_t first = 0, last = 0;  // minutes that the open and the close are of
    int64_t rows = 0;
    DetailSums sums;
  };
  struct Level {
    Interval interval;
    std::map<int64_t, Bucket> buckets;  // by open time; of closed minutes
    std::set<int64_t> changed;          // buckets with corrections to give
  };

  bool TakeAnywhere(const TradeColumns& rows, size_t i, Taken* taken);
  void Correct(std::vector<StreamCandle>* out);
  void CloseMinutes(int64_t until, std::vector<StreamCandle>* out);
  void CloseBuckets(int64_t until, std::vector<StreamCandle>* out);
  void SetCandle(int64_t open, Minute& minute, const CandleValues& after);
  void Change(const Level& level, Bucket& bucket, int64_t minute, const CandleValues& before,
              const CandleValues& after) const;
  void FindPrices(const Level& level, Bucket& bucket, int64_t bucket_open) const;
  void Emit(const Level& level, int64_t open, const Bucket& bucket, bool late,
            std::vector<StreamCandle>* out) const;
  int64_t FirstKept() const;
  void Forget();
  void SaveMinute(int64_t open, const Minute& minute, ByteWriter& out) const;
  void SaveLate(ByteWriter& out) const;
  bool LoadAll(ByteReader& in);
  bool LoadMinutes(ByteReader& in, std::vector<int64_t>* loaded);
  bool LoadMinute(ByteReader& in, int64_t open);
  bool LoadLate(ByteReader& in);
  bool LoadAllChanges(ByteReader& in);
  Status Loaded(bool good);

  CandleStreamOptions options_;
  bool gives_minutes_ = false;
  std::vector<Level> levels_;  // all but 1m, the shortest first
  int64_t start_, closed_until_;
  Minutes minutes_;
  std::set<int64_t> late_minutes_;     // closed, changed since the last AdvanceTo
  std::set<int64_t> changed_minutes_;  // before saved_until_, changed since the last SaveChanges
  int64_t saved_until_;                // closed_until_ then
  int64_t held_from_;                  // the horizon that Forget has seen to
  Minute* tail_ = nullptr;             // the open minute of the last trade
  int64_t tail_end_ = 0;
};

}  // namespace tidemark
