// What one message of a venue can be: rows, ids that say whether rows are missing, controls that
// say what a connection has to do. Texts are the venue's own spelling and live as long as the call.
#pragma once

#include <cstdint>
#include <string_view>

#include "tidemark/base/time.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/interval.h"
#include "tidemark/source/file/row.h"

namespace tidemark {

enum class TradeOrigin : uint8_t {
  kLive,     // happened while the channel was open
  kHistory,  // happened before: a snapshot after subscribing, a REST reply
};

enum class CandleState : uint8_t {
  kOpen,     // the venue will change it
  kClosed,   // the venue says it is final
  kUnknown,  // the venue does not say
};

struct CandleUpdate {
  std::string_view symbol;
  Interval interval;
  Candle candle;
  int64_t trades = kNullInt;  // kNullInt: not said
  CandleState state = CandleState::kUnknown;
  EventTime time = kMinTime;  // when the venue sent or last changed it; kMinTime: not said
  TradeOrigin origin = TradeOrigin::kLive;
};

enum class ControlKind : uint8_t {
  kSubscribed,
  kUnsubscribed,
  kHeartbeat,
  kPong,
  kStatus,  // the venue's state, a greeting, an answer without rows
  kNotice,  // the venue announces something
  kError,   // the venue refuses something
};
std::string_view NameOf(ControlKind kind);

// What a connection has to do about it.
enum class ControlAction : uint8_t {
  kNone,
  kResubscribe,  // this channel and symbol, or all when none is named
  kReconnect,    // open another connection, then leave this one
  kDropSymbol,   // asking again cannot help
  kSlowDown,     // wait before the next request
};
std::string_view NameOf(ControlAction action);

struct ControlEvent {
  ControlKind kind = ControlKind::kStatus;
  ControlAction action = ControlAction::kNone;
  std::string_view channel;  // "" when none is named
  std::string_view symbol;
  std::string_view message;       // the venue's words or code
  std::string_view request = {};  // the id of the request it answers; "" when it names none
};

// Ids that grow by exactly one, by the venue's protocol.
enum class SequenceKind : uint8_t {
  kTrade,       // of one symbol's trades
  kAggregate,   // of one symbol's aggregated trades
  kConnection,  // of the messages of one connection; no symbol
};

// The ids [begin, end) have arrived; begin == end: all ids before `end` exist, none has come.
struct SequenceEvent {
  SequenceKind kind = SequenceKind::kTrade;
  std::string_view symbol;
  int64_t begin = 0, end = 0;
};

// What one unit of the base currency is worth in the quote currency, as a service says.
struct ExchangeRate {
  EventTime time;
  double rate = 0;                  // above 0
  double bid = kNull, ask = kNull;  // null when the service tells none
};

struct FeedReject {
  RejectReason reason = RejectReason::kBadRecord;
  std::string_view message;  // what is wrong
  std::string_view bytes;    // of the whole message
  int element = -1;          // which of its rows, from 0; -1: the message itself
};

}  // namespace tidemark
