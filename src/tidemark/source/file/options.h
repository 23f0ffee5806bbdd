// What a reader of files must be told, or may leave to be found out.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tidemark/base/parallel.h"
#include "tidemark/base/time.h"
#include "tidemark/market/interval.h"
#include "tidemark/market/series.h"

namespace tidemark {

// What the time of a candle marks.
enum class TimeIs { kOpen, kClose };

// What a file holds. A stated interval or close times mean candles; column names that only one kind
// has mean that kind.
enum class FileKind { kAuto, kCandles, kTrades };

struct CandleFileOptions {
  FileKind kind = FileKind::kAuto;  // kAuto: candles where it could be either
  std::string venue;  // "" = from a venue column of trades, the file name, else "unknown"
  std::optional<Symbol> symbol;      // unset = from a symbol column, else from the file name
  std::optional<Interval> interval;  // unset = from the file name, else gcd of the time steps
  // What the files of this lake usually have: taken when too few rows (under 30) are there to tell.
  std::optional<Interval> usual_interval;
  TimeIs time_is = TimeIs::kOpen;
  std::string timezone = "UTC";  // IANA name; for times without an offset of their own
  std::string time_unit;         // "s", "ms", "us", "ns", "iso"; "" = by magnitude, row by row
  // Our name (time, open, high, low, close, volume, symbol; price, size, side, id, sequence, venue)
  // -> the header in the file.
  std::map<std::string, std::string> columns;
  ReceiveTime now;                // rows later than now + 1 day are rejected
  ThreadPool* threads = nullptr;  // borrowed, may be null
};

}  // namespace tidemark
