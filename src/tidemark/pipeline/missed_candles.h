// What is asked for again of the venue's own candles: the time from the last one that was told
// before a connection was lost (or the program began) to the first one after it, and a few before,
// which may have been told again meanwhile. Where a candle is told of every time, traded or not, so
// is what they leave out on an open connection. Pure.
//
//   told  10:00 10:01 10:02     lost      10:07 10:08    10:07 is open when it is told first:
//   asked 10:00 10:01 10:02 10:03 … 10:06
//
// Until that one comes it is known what may be missing, but not up to when.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/interval.h"
#include "tidemark/market/series.h"
#include "tidemark/source/feed/feed_event.h"

namespace tidemark {

class MissedCandles {
 public:
  // `every`: candles in which nothing was traded are told too.
  explicit MissedCandles(bool every) : every_(every) {}

  struct Question {
    std::string spelling;
    Symbol symbol;
    Interval interval;
    TimeRange times;            // of open times
    EventTime told = kMinTime;  // of the latest that came live, at most the end of `times`
  };
  // None was told since; the times of its question have no end.
  struct Loss {
    Question question;
    int64_t number = 0;  // of the series' losses
  };

  // `spelling`: of the venue. `told`: candles that open before it are known; kMinTime: none is, and
  // what was before the first one is not wanted.
  void Follow(std::string spelling, const Symbol& symbol, const Interval& interval, EventTime told);
  // Some may be missing since `from`.
  void Lost(const std::string& spelling, const Interval& interval, ReceiveTime from);
  void AllLost();
  // A live one of a series that is followed, or of another; and one that could not be taken.
  void Came(const CandleUpdate& update, ReceiveTime at);
  void Refused(const CandleUpdate& update);
  std::vector<Loss> Losses() const;
  // Of candles that open before `to` nothing is to be asked for any more.
  struct Had {
    Symbol symbol;
    Interval interval;
    EventTime to;
  };
  std::vector<Had> AllHad() const;
  // The next question that is due: of a series one at a time, which is over with Asked().
  std::optional<Question> Next(ReceiveTime now);
  // With kUnavailable it is asked again later, thirty times. True: it is given up.
  bool Asked(const Question& question, const Status& status, ReceiveTime now);

 private:
  static constexpr TimeRange kNothing = {EventTime{0}, EventTime{0}};
  struct Series {
    Symbol symbol;
    EventTime live = kMinTime;  // opens the latest live one
    EventTime told = kMinTime;
    EventTime before = kMinTime;  // told, before the latest one…
    ReceiveTime moved;            // …came
    bool lost = false;            // and none was told since
    int64_t losses = 0;
    TimeRange wanted = kNothing, asked = kNothing;
    ReceiveTime due;
    int attempts = 0;
  };
  static void Lose(Series* series);
  // From two before `from` on.
  static EventTime Begin(const Interval& interval, EventTime from);
  static void Want(const Interval& interval, EventTime from, EventTime to, ReceiveTime now,
                   Series* series);

  bool every_;
  std::map<std::pair<std::string, Interval>, Series> series_;
};

}  // namespace tidemark
