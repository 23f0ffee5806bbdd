// Alpha Vantage's replies to candles and exchange rates: JSON of the old and the new shape, and
// CSV.
//
// Times are those of the reply's zone ("9. Time Zone"; UTC when it says none, as CSV). The time of
// a week or a month is its last day, or the day the reply was made in when the period still runs;
// the candle opens on the Monday or the first of that period.
//
// Which candles are closed: all but the newest of a reply. The newest is closed when its close is
// at or before "Last Refreshed", or kSettleUs before the receipt of the reply; else it is open, and
// always when its time is a day before the last of its week or month.
//
// The time of a rate is "Last Refreshed"; a bid or an ask of "-" is none.
//
// A row that is none costs itself: a reject with the row's number. A reply about another symbol or
// interval is rejected whole.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/source/alphavantage/alphavantage_problem.h"
#include "tidemark/source/feed/feed_decoder.h"

namespace tidemark {

// What the last reply was.
struct AlphaVantageReply {
  enum class Kind : uint8_t { kUnreadable, kCandles, kRate, kRefused } kind = Kind::kUnreadable;
  AlphaVantageProblem problem = AlphaVantageProblem::kOther;  // of kRefused,
  std::string words = {};                                     // in the service's words
  int64_t closed = 0, open = 0, rejected = 0;                 // rows of kCandles
  EventTime closed_until = kMinTime;  // of kCandles: the greatest close of a closed one
  std::optional<ExchangeRate> rate = {};
};

class AlphaVantageDecoder : public RestDecoder {
 public:
  // What has no candle above it for so long after its close will not change.
  static constexpr int64_t kSettleUs = kMicrosPerHour;

  AlphaVantageDecoder();
  ~AlphaVantageDecoder() override;
  void Decode(const RestQuery& query, std::string_view body, ReceiveTime at,
              FeedSink& sink) override;
  const AlphaVantageReply& reply() const;

 private:
  class Impl;  // keeps the parser of JSON inside this room
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark
