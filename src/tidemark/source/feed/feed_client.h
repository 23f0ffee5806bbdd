// One venue, live: connects, subscribes, decodes once, keeps at it; asks for history. Everything
// runs inside the event loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/clock.h"
#include "tidemark/base/log_event.h"
#include "tidemark/source/feed/backfill_range.h"
#include "tidemark/source/feed/feed_frame.h"
#include "tidemark/source/feed/feed_session.h"
#include "tidemark/source/feed/feed_sink.h"
#include "tidemark/source/net/event_loop.h"

namespace tidemark {

class FeedBackfill;

struct FeedSettings {
  std::string venue = {};
  std::vector<Symbol> symbols = {};
  bool trades = true;
  std::vector<Interval> candles = {};
  std::string ws_url = {}, rest_url = {};  // "": the venue's own
  std::string ca_file = {};                // "": the system's certificates
  FeedTimings timings = {};
};

struct FeedState {
  struct OfSymbol {
    Symbol symbol = {};
    bool subscribed = false;            // to all that is wanted of it
    bool hears_trades = false;          // is subscribed to them…
    bool hears_candles = false;         // …and to all of these
    std::string problem = {};           // why not: "refused: ...", "waiting"
    ReceiveTime last_row = {};          // 0: none yet
    int64_t reconnects = 0, drops = 0;  // of the connections that carry it
  };
  std::vector<OfSymbol> symbols;      // as in the settings
  int64_t connections = 0;            // open now
  int64_t reconnects = 0, drops = 0;  // of all connections
  ReceiveTime heard = {};             // anything, a ping too; 0: nothing yet
  size_t backfills = 0;               // under way or waiting, but for looks
  int64_t refused = 0;                // requests for history
};

class FeedClient {
 public:
  // Called from the loop. They may call the client, and must not delete it.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnFrame(const FeedFrame& frame) = 0;  // first: so that it can be kept;
    virtual FeedSink& rows() = 0;                      // then its rows, decoded once
    virtual void OnNote(const LogEvent& note) = 0;
    // Rows of the symbol may be missing, for the reason given (kByDisconnect, …). To be asked for
    // by Backfill where ids do not tell more exactly.
    virtual void OnGap(const FeedTopic& /*topic*/, std::string_view /*reason*/,
                       ReceiveTime /*from*/, ReceiveTime /*to*/) {}
  };

  // Errors: kNotFound (no such venue), kUnsupported (candles that it does not have),
  // kInvalidArgument (no symbol, nothing wanted).
  static Result<std::unique_ptr<FeedClient>> Make(EventLoop& loop, Clock& clock,
                                                  FeedSettings settings, uint64_t seed,
                                                  Listener& listener);
  ~FeedClient();
  FeedClient(const FeedClient&) = delete;
  FeedClient& operator=(const FeedClient&) = delete;

  void Start();
  void Stop();  // backfills are done with kUnavailable
  // Nothing is read from sockets while paused: TCP holds the venue back, nothing is dropped.
  // Replies that are on their way still come. A venue may leave a reader that is away for a minute.
  void PauseReading(bool paused);
  bool paused() const { return paused_; }

  // Asks the venue's history page by page, within its limits; every reply goes to OnFrame and
  // rows(). Rows around the range may come too. `done` once, never inside this call. Errors: those
  // of VenueProtocol::NextPage; kUnavailable when the venue refuses or cannot be reached.
  void Backfill(const Symbol& symbol, const BackfillRange& range, std::function<void(Status)> done);
  // The same to look only: no OnFrame, rows into `rows`, which is borrowed until `done`; every page
  // of a backfill goes first.
  void Look(const Symbol& symbol, const BackfillRange& range, FeedSink& rows,
            std::function<void(Status)> done);

  FeedState state() const;
  const VenueProtocol& protocol() const { return *protocol_; }
  // The configured symbol that messages spell so; null: none.
  const Symbol* SymbolOf(std::string_view spelling) const;

 private:
  class Connection;
  struct Shard;

  FeedClient(EventLoop& loop, Clock& clock, FeedSettings settings, Listener& listener,
             std::unique_ptr<VenueProtocol> protocol);
  void Tick();
  void OnRow(std::string_view symbol);
  void Note(LogLevel level, std::string_view event, std::string_view text);
  void Carry(Shard& shard);
  void Perform(Shard& shard, FeedAction& action);
  void StartConnections();
  int64_t Now() { return clock_.MonotonicNanos() / 1000; }

  EventLoop& loop_;
  Clock& clock_;
  FeedSettings settings_;
  Listener& listener_;
  std::unique_ptr<VenueProtocol> protocol_;
  bool running_ = false, paused_ = false;
  int64_t connection_count_ = 0;  // the last number given
  std::vector<std::unique_ptr<Shard>> shards_;
  std::map<std::string, size_t, std::less<>> spellings_;  // to the index in settings_.symbols
  std::vector<ReceiveTime> last_rows_;                    // by symbol
  ReceiveTime heard_;
  Pace connect_pace_;
  std::vector<std::pair<Shard*, FeedAction>> to_connect_;
  std::vector<std::unique_ptr<Connection>> left_;  // closed, maybe in the middle of a call
  EventTimer tick_;
  std::unique_ptr<FeedBackfill> backfills_;
};

}  // namespace tidemark
