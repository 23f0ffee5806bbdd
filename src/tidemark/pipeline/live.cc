#include "tidemark/pipeline/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "tidemark/base/urgency.h"
#include "tidemark/pipeline/alphavantage_feed.h"
#include "tidemark/pipeline/live_feed.h"
#include "tidemark/pipeline/live_watch.h"
#include "tidemark/pipeline/live_writer.h"
#include "tidemark/source/net/event_loop.h"

namespace tidemark {
namespace {

constexpr int64_t kTurnUs = 5'000;
constexpr int64_t kRetryUs = 5 * kMicrosPerSecond;

Result<std::unique_ptr<LiveSource>> MakeLiveSource(const SourceConfig& source, EventLoop& loop,
                                                   LiveWriter& writer, const LiveOptions& options) {
  if (IsPolled(source)) return AlphaVantageFeed::Make(source, loop, writer, options);
  return LiveFeed::Make(source, loop, writer, options);
}

class LiveRunner {
 public:
  LiveRunner(const Config& config, const LiveOptions& options)
      : options_(options),
        loop_(options.loop == nullptr ? own_loop_.emplace() : *options.loop),
        writer_(config, options),
        watch_(options, writer_) {}

  Result<LiveReport> Run() {
    const int64_t begun_ns = SystemClock().MonotonicNanos();
    RunAtOnce();
    TM_TRY(writer_.Open());
    if (const int64_t before = writer_.intake().totals().frames; before > 0) {
      options_.on_event({LogLevel::kInfo,
                         "log_read",
                         fmt::format("{} messages of before are in the log", before),
                         {{"messages", before}}});
    }
    TM_TRY(writer_.Commit());
    TM_TRY(writer_.ReadFiles());
    for (const SourceConfig& source : writer_.config().sources) {
      if (!source.is_feed() || (options_.once && !IsPolled(source))) continue;
      TM_ASSIGN(auto feed, MakeLiveSource(source, loop_, writer_, options_));
      feeds_.push_back(std::move(feed));
    }
    for (const auto& feed : feeds_) feed->Start();
    watch_.Begin(feeds_);
    next_us_ = SystemClock().Now().us + writer_.config().epoch_us;
    while (!options_.stop() && !Done()) Turn();
    for (const auto& feed : feeds_) feed->Stop();
    loop_.RunFor(kTurnUs);
    if (writer_.committing()) Ended(writer_.EndCommit());
    if (failing_) TM_TRY(writer_.Reopen());
    TM_TRY(writer_.Commit());
    LiveReport report = writer_.Report();
    for (const auto& feed : feeds_) {
      report.reconnects += feed->reconnects();
      if (report.problem) report.problem = feed->problem();
    }
    report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
    return report;
  }

 private:
  bool Done() const { return options_.once && std::ranges::all_of(feeds_, &LiveSource::idle); }

  void Turn() {
    loop_.RunFor(kTurnUs);
    if (writer_.open()) writer_.Forecast();
    if (log_failing_ || writer_.SyncIsDue()) SyncOrTell();
    // What comes while an epoch is under way is bounded by what one takes.
    const bool paused = writer_.full() || log_failing_ || (writer_.committing() && Enough());
    for (const auto& feed : feeds_) feed->PauseReading(paused);
    const int64_t now = SystemClock().Now().us;
    if (writer_.open()) {
      for (const auto& feed : feeds_) feed->Turn(now);
    }
    const bool enough = !failing_ && (writer_.full() || Enough());
    if (!writer_.committing() && (now >= next_us_ || enough)) BeginOrRetry(now);
    if (writer_.committed()) Ended(writer_.EndCommit());
    watch_.Turn(feeds_);
  }

  // For an epoch before its time.
  bool Enough() { return writer_.open() && writer_.intake().rows() >= writer_.config().epoch_rows; }

  // What could not be made durable is in memory still; the venues wait until it can.
  void SyncOrTell() {
    const Status synced = writer_.Sync();
    if (!synced && !log_failing_) {
      options_.on_event({LogLevel::kError, "log_failing",
                         "the log of frames cannot be written: " + synced.error().message()});
    } else if (synced && log_failing_) {
      options_.on_event({LogLevel::kInfo, "log_goes_on", "the log of frames is written again"});
    }
    log_failing_ = !synced;
    watch_.Logged(synced);
  }

  void BeginOrRetry(int64_t now) {
    next_us_ = now + writer_.config().epoch_us;
    Status status = failing_ ? writer_.Reopen() : Status();
    if (status) status = writer_.BeginCommit();
    // Nothing to commit is a good end too.
    if (!status || !writer_.committing()) Ended(status ? writer_.EndCommit() : status);
  }

  void Ended(const Status& status) {
    watch_.Committed(status);
    if (status) {
      if (failing_) options_.on_event({LogLevel::kInfo, "commits_go_on", "commits go on"});
      failing_ = false;
      return;
    }
    options_.on_event({LogLevel::kError, "epoch_failed",
                       fmt::format("the epoch could not be committed: {}; its messages are in the "
                                   "log, trying again",
                                   status.error().message())});
    failing_ = true;
    next_us_ = SystemClock().Now().us + kRetryUs;
  }

  const LiveOptions& options_;
  std::optional<EventLoop> own_loop_;
  EventLoop& loop_;
  LiveWriter writer_;
  LiveWatch watch_;
  std::vector<std::unique_ptr<LiveSource>> feeds_;
  int64_t next_us_ = 0;
  bool failing_ = false, log_failing_ = false;
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
