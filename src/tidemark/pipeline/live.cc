#include "tidemark/pipeline/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>

#include "tidemark/journal/frame_log.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/feed_writer.h"
#include "tidemark/pipeline/frame_decoders.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/upkeep.h"
#include "tidemark/source/feed/feed_client.h"
#include "tidemark/source/net/event_loop.h"

namespace tidemark {
namespace {

constexpr int64_t kTurnUs = 5'000;
constexpr int64_t kRetryUs = 5 * kMicrosPerSecond;
constexpr int64_t kHealAgainUs = 30 * kMicrosPerSecond;
constexpr int64_t kMarginUs = 10 * kMicrosPerSecond;  // between a venue's clock and ours
constexpr int kHealAttempts = 20;
constexpr int64_t kEpochsToCompact = 60;
// Trades of so many days are looked through for ids that are missing, when live starts.
constexpr int64_t kGapHistoryUs = 7 * kMicrosPerDay;

bool HoldsRows(FrameKind kind) {
  return kind == FrameKind::kReceived || kind == FrameKind::kRestReply;
}

// The lake's side: frames in, epochs out.
class LiveWriter {
 public:
  LiveWriter(const Config& config, const LiveOptions& options)
      : given_(config), config_(config), options_(options) {}

  // Opens the lake and the log and commits what the log still holds.
  Status Open();
  Status ReadFiles();

  // Keeps a frame; its rows go into the sink that is returned. Without room the frame is not taken.
  FeedSink& Take(const LoggedFrame& frame);
  // What a connection needs when its next frames are read without the ones before.
  void Remember(const LoggedFrame& frame);
  void ForgetConnection(std::string_view feed, int64_t connection);

  Status Sync();
  // An epoch of all that was taken. Errors leave it in the log; Reopen() goes on from there.
  Status Commit();
  Status Reopen();

  bool full() const { return full_; }
  bool open() const { return writer_ != nullptr; }
  FeedIntake& intake() { return writer_->intake(); }
  const Config& config() const { return config_; }
  const LakeView& view() const { return session_->view(); }
  LiveReport Report() const;

 private:
  Status ReadLog();
  Status SeedGaps();
  Result<int64_t> Append(const LoggedFrame& frame);

  const Config& given_;
  Config config_;  // with the lake's definitions
  const LiveOptions& options_;
  std::unique_ptr<WriteSession> session_;
  std::unique_ptr<FrameLog> log_;
  std::unique_ptr<FeedWriter> writer_;
  struct Context {
    FrameKind kind;
    std::string feed;
    int64_t connection;
    ReceiveTime at;
    std::string about, bytes;
  };
  std::deque<Context> contexts_;
  NoRows nobody_;
  bool unsynced_ = false, full_ = false;
  bool live_ = false;  // what the log held of before is committed
  int64_t epochs_ = 0;
};

Status LiveWriter::Open() {
  TM_ASSIGN(config_.s3, CredentialsOf(given_));
  TM_ASSIGN(session_, WriteSession::Open(config_, "tidemark live"));
  if (!session_->recovered().empty()) options_.on_note("recovered: " + session_->recovered());
  TM_ASSIGN(config_, EffectiveConfig(config_, session_->view()));
  writer_ = std::make_unique<FeedWriter>(config_, *session_);
  TM_TRY(writer_->Begin());
  TM_TRY(SeedGaps());
  if (log_ == nullptr) {
    FrameLog::Options log;
    log.bytes_max = config_.frames_limit_bytes;
    TM_ASSIGN(log_, FrameLog::Open(session_->frames_path(), writer_->committed() + 1, log));
    if (!log_->recovered().empty()) options_.on_note("recovered: " + log_->recovered());
  }
  return ReadLog();
}

Status LiveWriter::ReadFiles() {
  if (std::ranges::all_of(config_.sources, &SourceConfig::is_feed)) return {};
  const ReceiveTime now = SystemClock().Now();
  TM_ASSIGN(const Intake intake, ReadSources(config_, view(), view().epoch() + 1, now,
                                             session_->threads(), options_.progress));
  TM_ASSIGN(const EpochReport report,
            RunEpoch(*session_, config_, intake, {.now = now, .progress = options_.progress}));
  if (options_.progress != nullptr) options_.progress->End();
  if (report.changed) {
    options_.on_note(fmt::format("files brought up to date: epoch {}", report.epoch));
  }
  return writer_->Begin();
}

// Frames that no epoch has yet: after a crash, or after an epoch that failed.
Status LiveWriter::ReadLog() {
  FrameDecoders decoders;
  int64_t found = 0;
  TM_TRY(log_->Read(0, [&](const LoggedFrame& frame) -> Status {
    const bool rows = frame.index > writer_->committed() && HoldsRows(frame.kind);
    found += rows ? 1 : 0;
    return decoders.Decode(
        frame,
        rows ? intake().Frame(frame.feed, frame.index, frame.at, frame.bytes.size()) : nobody_);
  }));
  if (found > 0) options_.on_note(fmt::format("{} messages of before are in the log", found));
  return {};
}

// What is missing among the feeds' stored trades is asked for again.
Status LiveWriter::SeedGaps() {
  if (!view().HasTable(TradesTable().name)) return {};
  TM_ASSIGN(const Watermarks watermarks, WatermarksOf(view()));
  for (const SourceConfig& source : config_.sources) {
    for (const Symbol& symbol : source.feed.symbols) {
      const TradeSeriesId id = {source.feed.venue, symbol};
      const EventTime reached = watermarks.Of(id);
      if (reached == kMinTime) continue;
      const ReadFilter filter = {.series = KeyOf(id),
                                 .times = {reached - kGapHistoryUs, kMaxTime},
                                 .columns = {"time", "trade_id", "source"}};
      TM_ASSIGN(const Batch trades, view().Read(TradesTable(), filter));
      std::vector<std::pair<int64_t, EventTime>> ids;
      const std::string ours = FeedTradesSource(id.venue);
      bool begun = false;
      for (size_t i = 0; i < trades.rows; ++i) {
        begun = begun || trades["source"].strings.At(i) == ours;
        const auto number = IdNumber(trades["trade_id"].strings.At(i));
        if (begun && number) ids.emplace_back(*number, EventTime{trades["time"].ints[i]});
      }
      std::sort(ids.begin(), ids.end());
      if (!ids.empty()) intake().Know(id, ids);
    }
  }
  return {};
}

Result<int64_t> LiveWriter::Append(const LoggedFrame& frame) {
  auto index = log_->Append(frame);
  if (index) unsynced_ = true;
  return index;
}

FeedSink& LiveWriter::Take(const LoggedFrame& frame) {
  const auto index = Append(frame);
  if (!index) {
    if (!full_) options_.on_note("frames are not taken: " + index.error().message());
    full_ = true;
    return nobody_;
  }
  // While the lake cannot be opened the log is all there is; it is read when it can.
  if (!open() || !HoldsRows(frame.kind)) return nobody_;
  return intake().Frame(frame.feed, *index, frame.at, frame.bytes.size());
}

void LiveWriter::Remember(const LoggedFrame& frame) {
  contexts_.push_back({frame.kind == FrameKind::kOpened ? FrameKind::kOpened : FrameKind::kContext,
                       std::string(frame.feed), frame.connection, frame.at,
                       std::string(frame.about), std::string(frame.bytes)});
}

void LiveWriter::ForgetConnection(std::string_view feed, int64_t connection) {
  std::erase_if(contexts_,
                [&](const Context& c) { return c.feed == feed && c.connection == connection; });
}

Status LiveWriter::Sync() {
  if (!unsynced_) return {};
  TM_TRY(log_->Sync());
  unsynced_ = false;
  return {};
}

Status LiveWriter::Commit() {
  TM_TRY(Sync());
  if (!intake().any()) {
    live_ = true;
    return {};
  }
  // The frames of the next epochs begin a segment that can be read without this one.
  TM_TRY(log_->StartSegment());
  for (const Context& c : contexts_) {
    TM_TRY(Append({.kind = c.kind,
                   .feed = c.feed,
                   .connection = c.connection,
                   .at = c.at,
                   .about = c.about,
                   .bytes = c.bytes}));
  }
  TM_TRY(writer_->Commit(nullptr, live_));
  TM_TRY(log_->Release(writer_->committed() + 1));
  full_ = false;
  if (!live_) intake().ForgetLive();
  live_ = true;
  if (++epochs_ % kEpochsToCompact == 0) {
    TM_TRY(Compact(*session_));
  }
  return {};
}

Status LiveWriter::Reopen() {
  writer_.reset();
  session_.reset();
  live_ = false;
  return Open();
}

LiveReport LiveWriter::Report() const {
  LiveReport report;
  report.epoch = session_->view().epoch();
  report.epochs = epochs_;
  report.sources = writer_->Sources();
  report.totals = writer_->intake().totals();
  for (const auto& [series, gaps] : writer_->intake().gaps()) {
    report.gaps_open += static_cast<int64_t>(gaps.missing().size());
  }
  return report;
}

// One venue's connection and what it still has to ask for.
class LiveFeed : public FeedClient::Listener {
 public:
  // Errors: those of FeedClient::Make.
  static Result<std::unique_ptr<LiveFeed>> Make(const SourceConfig& source, EventLoop& loop,
                                                LiveWriter& writer, const LiveOptions& options) {
    std::unique_ptr<LiveFeed> feed(new LiveFeed(source.feed.venue, writer, options));
    TM_ASSIGN(feed->client_, FeedClient::Make(loop, SystemClock(), SettingsOf(source),
                                              writer.config().seed, *feed));
    return feed;
  }

  const std::string& venue() const { return venue_; }
  FeedClient& client() { return *client_; }

  void OnFrame(const FeedFrame& frame) override {
    LoggedFrame kept = {.kind = KindOf(frame.kind),
                        .feed = venue_,
                        .connection = frame.connection,
                        .at = frame.at,
                        .about = frame.about,
                        .bytes = frame.bytes};
    rows_.Begin(&writer_.Take(kept), kept);
    if (kept.kind == FrameKind::kOpened) writer_.Remember(kept);
    if (kept.kind == FrameKind::kClosed) writer_.ForgetConnection(venue_, frame.connection);
  }
  FeedSink& rows() override { return rows_; }
  // What ids cannot tell is asked for by time.
  void OnGap(const Symbol& symbol, ReceiveTime from, ReceiveTime to) override {
    if (writer_.open() && writer_.intake().gaps().contains({venue_, symbol})) return;
    const TimeRange times = {EventTime{from.us - kMarginUs}, EventTime{to.us + kMarginUs}};
    client_->Backfill(symbol, BackfillRange::Times(times), [this, symbol](const Status& status) {
      OnNote(status
                 ? fmt::format("{} {}: what was missed has been asked for", venue_, symbol.text())
                 : fmt::format("{} {}: what was missed cannot be had: {}", venue_, symbol.text(),
                               status.error().message()));
    });
  }
  void OnNote(std::string_view text) override { options_.on_note(text); }

  int64_t reconnects() const {
    int64_t most = 0;
    for (const auto& symbol : client_->state().symbols) most = std::max(most, symbol.reconnects);
    return most;
  }

  // Asks for the ids of a gap.
  void Heal(const Symbol& symbol, const IdGap& gap) { wanted_.push_back({symbol, gap, 0, 0}); }
  // Starts what is due.
  void Turn(int64_t now_us) {
    for (Wanted& wanted : wanted_) {
      if (wanted.asked || now_us < wanted.due_us) continue;
      wanted.asked = true;
      ++wanted.attempts;
      client_->Backfill(wanted.symbol, BackfillRange::Ids(wanted.gap.begin, wanted.gap.end),
                        [this, symbol = wanted.symbol, begin = wanted.gap.begin](Status status) {
                          Asked(symbol, begin, status);
                        });
    }
    std::erase_if(wanted_, [](const Wanted& wanted) { return wanted.done; });
  }

 private:
  struct Wanted {
    Symbol symbol;
    IdGap gap;
    int64_t due_us = 0;
    int attempts = 0;
    bool asked = false, done = false;
  };

  // Hands on; a message that says what is subscribed is remembered, since some venues name their
  // channels once and number them afterwards.
  class Rows : public FeedSink {
   public:
    explicit Rows(LiveWriter& writer) : writer_(writer) {}
    void Begin(FeedSink* to, const LoggedFrame& frame) {
      to_ = to;
      frame_ = frame;
      remembered_ = false;
    }
    void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) override {
      to_->OnTrade(symbol, trade, origin);
    }
    void OnCandle(const CandleUpdate& update) override { to_->OnCandle(update); }
    void OnControl(const ControlEvent& event) override {
      const bool names =
          event.kind == ControlKind::kSubscribed || event.kind == ControlKind::kUnsubscribed;
      if (names && !remembered_ && frame_.kind == FrameKind::kReceived) {
        remembered_ = true;
        writer_.Remember(frame_);
      }
      to_->OnControl(event);
    }
    void OnBook(std::string_view type, std::string_view symbol) override {
      to_->OnBook(type, symbol);
    }
    void OnReject(const FeedReject& reject) override { to_->OnReject(reject); }
    void OnSequence(const SequenceEvent& event) override { to_->OnSequence(event); }

   private:
    LiveWriter& writer_;
    FeedSink* to_ = nullptr;
    LoggedFrame frame_;  // its views are good while its rows come
    bool remembered_ = false;
  };

  LiveFeed(std::string venue, LiveWriter& writer, const LiveOptions& options)
      : venue_(std::move(venue)), writer_(writer), options_(options), rows_(writer) {}

  static FrameKind KindOf(FeedFrame::Kind kind) {
    switch (kind) {
      case FeedFrame::Kind::kOpened:
        return FrameKind::kOpened;
      case FeedFrame::Kind::kReceived:
        return FrameKind::kReceived;
      case FeedFrame::Kind::kClosed:
        return FrameKind::kClosed;
      case FeedFrame::Kind::kRestReply:
        return FrameKind::kRestReply;
    }
    return FrameKind::kTick;
  }

  static FeedSettings SettingsOf(const SourceConfig& source) {
    FeedSettings settings;
    settings.venue = source.feed.venue;
    settings.symbols = source.feed.symbols;
    settings.trades = source.feed.trades;
    settings.candles = source.feed.candles;
    settings.ws_url = source.feed.ws_url;
    settings.rest_url = source.feed.rest_url;
    settings.ca_file = source.feed.ca_file;
    return settings;
  }

  void Asked(const Symbol& symbol, int64_t begin, const Status& status) {
    for (Wanted& wanted : wanted_) {
      if (wanted.symbol != symbol || wanted.gap.begin != begin) continue;
      if (!writer_.open()) return;
      const auto& gaps = writer_.intake().gaps();
      const auto known = gaps.find({venue_, symbol});
      const bool missing =
          known != gaps.end() && std::ranges::any_of(known->second.missing(), [&](const IdGap& g) {
            return g.begin < wanted.gap.end && wanted.gap.begin < g.end;
          });
      wanted.done = !missing;
      wanted.asked = false;
      if (!missing) {
        OnNote(fmt::format("{} {}: the ids {} to {} have been filled in", venue_, symbol.text(),
                           wanted.gap.begin, wanted.gap.end - 1));
        return;
      }
      wanted.due_us = SystemClock().Now().us + kHealAgainUs / (wanted.attempts < 5 ? 30 : 1);
      if (wanted.attempts >= kHealAttempts) {
        wanted.done = true;
        OnNote(fmt::format("{} {}: the ids {} to {} cannot be had: {}", venue_, symbol.text(),
                           wanted.gap.begin, wanted.gap.end - 1,
                           status ? "the venue does not give them" : status.error().message()));
      }
      return;
    }
  }

  std::string venue_;
  LiveWriter& writer_;
  const LiveOptions& options_;
  Rows rows_;
  std::deque<Wanted> wanted_;
  std::unique_ptr<FeedClient> client_;
};

class LiveRunner {
 public:
  LiveRunner(const Config& config, const LiveOptions& options)
      : options_(options), writer_(config, options) {}

  Result<LiveReport> Run() {
    const int64_t begun_ns = SystemClock().MonotonicNanos();
    TM_TRY(writer_.Open());
    TM_TRY(writer_.Commit());
    TM_TRY(writer_.ReadFiles());
    for (const SourceConfig& source : writer_.config().sources) {
      if (!source.is_feed()) continue;
      TM_ASSIGN(auto feed, LiveFeed::Make(source, loop_, writer_, options_));
      feeds_.push_back(std::move(feed));
    }
    HealKnown();
    for (const auto& feed : feeds_) feed->client().Start();
    next_us_ = SystemClock().Now().us + writer_.config().epoch_us;
    while (!options_.stop()) TM_TRY(Turn());
    for (const auto& feed : feeds_) feed->client().Stop();
    loop_.RunFor(kTurnUs);
    if (failing_) TM_TRY(writer_.Reopen());
    TM_TRY(writer_.Commit());
    LiveReport report = writer_.Report();
    for (const auto& feed : feeds_) report.reconnects += feed->reconnects();
    report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
    return report;
  }

 private:
  Status Turn() {
    loop_.RunFor(kTurnUs);
    TM_TRY(writer_.Sync());
    const int64_t now = SystemClock().Now().us;
    if (writer_.open()) {
      for (const auto& [series, gap] : writer_.intake().TakeOpened()) Heal(series, gap);
      for (const auto& feed : feeds_) feed->Turn(now);
    }
    const bool enough =
        !failing_ && (writer_.full() || writer_.intake().rows() >= writer_.config().epoch_rows);
    if (now >= next_us_ || enough) CommitOrRetry(now);
    for (const auto& feed : feeds_) feed->client().PauseReading(writer_.full());
    return {};
  }

  void CommitOrRetry(int64_t now) {
    Status status = failing_ ? writer_.Reopen() : Status();
    if (status) status = writer_.Commit();
    next_us_ = now + (status ? writer_.config().epoch_us : kRetryUs);
    if (status) {
      if (failing_) options_.on_note("commits go on");
      failing_ = false;
      return;
    }
    options_.on_note(
        fmt::format("the epoch could not be committed: {}; its messages are in the "
                    "log, trying again",
                    status.error().message()));
    failing_ = true;
  }

  void HealKnown() {
    for (const auto& [series, gaps] : writer_.intake().gaps()) {
      for (const IdGap& gap : gaps.missing()) Heal(series, gap);
    }
  }

  void Heal(const TradeSeriesId& series, const IdGap& gap) {
    options_.on_note(fmt::format("{} {}: the ids {} to {} are missing", series.venue,
                                 series.symbol.text(), gap.begin, gap.end - 1));
    for (const auto& feed : feeds_) {
      if (feed->venue() == series.venue) feed->Heal(series.symbol, gap);
    }
  }

  const LiveOptions& options_;
  EventLoop loop_;
  LiveWriter writer_;
  std::vector<std::unique_ptr<LiveFeed>> feeds_;
  int64_t next_us_ = 0;
  bool failing_ = false;
};

}  // namespace

Result<LiveReport> Live(const Config& config, const LiveOptions& options) {
  if (std::ranges::none_of(config.sources, &SourceConfig::is_feed)) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "no feed is configured: write [[source]] with feed = \"binance\", or name a --venue "
        "and --symbols");
  }
  return LiveRunner(config, options).Run();
}

}  // namespace tidemark
