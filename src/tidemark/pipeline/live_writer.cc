#include "tidemark/pipeline/live_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/base/memory.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/upkeep.h"

namespace tidemark {
namespace {

constexpr int64_t kEpochsToCompact = 60;
constexpr int64_t kRowsToCompact = 16'000'000;  // of trades; see kBigRowsAtOnce
// What nobody has been shown, and no epoch has, may be lost in a crash: it is asked for again.
constexpr int64_t kSyncUs = 50'000;
// What a candle was before it was told again, or in the middle of its time, is no hole.
constexpr int64_t kCandlesAgainUs = kMicrosPerHour;

}  // namespace

Status LiveWriter::Open() {
  KeepNoGreatBlocks();
  TM_ASSIGN(config_.s3, CredentialsOf(given_));
  TM_ASSIGN(session_, WriteSession::Open(config_, "tidemark live", true));
  if (!session_->recovered().empty()) {
    options_.on_event({LogLevel::kInfo, "recovered", "recovered: " + session_->recovered()});
  }
  TM_ASSIGN(config_, EffectiveConfig(config_, session_->view()));
  TM_TRY(BeginWriter());
  if (log_ == nullptr) {
    const Status opened = OpenLog(writer_->committed() + 1);
    if (!opened && opened.error().code() != ErrorCode::kCorrupt) return opened;
  }
  const Status read = log_ == nullptr ? Fail(ErrorCode::kCorrupt, "") : log_->Read(0, TakeStored());
  if (!read && read.error().code() != ErrorCode::kCorrupt) return read;
  if (!read) TM_TRY(SetDamagedLogAside());
  return RecordLake(fmt::format("{}", writer_->committed()));
}

// What is known of the feeds goes with a life or an epoch that fails, and an epoch makes some of it
// a fact: `replay` does as it was.
Status LiveWriter::RecordLake(std::string_view what) {
  if (config_.record.empty()) return {};
  TM_TRY(Append({.kind = FrameKind::kLake,
                 .feed = "",
                 .at = SystemClock().Now(),
                 .about = what,
                 .bytes = {}}));
  return {};
}

Status LiveWriter::BeginWriter() {
  auto writer = std::make_unique<FeedWriter>(config_, *session_);
  TM_TRY(writer->Begin());
  if (config_.derive_features && config_.derive_forecasts) writer->intake().KeepOpen();
  writer_ = std::move(writer);
  ++openings_;
  return SeedGaps();
}

Status LiveWriter::OpenLog(int64_t first_index) {
  FrameLog::Options options;
  options.bytes_max = config_.frames_limit_bytes;
  options.keep_in = config_.record;
  TM_ASSIGN(log_, FrameLog::Open(session_->frames_path(), first_index, options));
  if (!log_->recovered().empty()) {
    options_.on_event({LogLevel::kInfo, "recovered", "recovered: " + log_->recovered()});
  }
  return {};
}

// What stands before the damage is taken, the rest is missing until the venues tell it again.
Status LiveWriter::SetDamagedLogAside() {
  log_.reset();
  TM_TRY(BeginWriter());
  const std::string path = session_->frames_path();
  const std::string aside = fmt::format("{}.damaged.{}", path, SystemClock().Now().us);
  TM_TRY(RenameFile(path, aside));
  int64_t last = writer_->committed();
  const OnFrame take = TakeStored();
  const Status read = ReadFrames(aside, [&](const LoggedFrame& frame) {
    last = std::max(last, frame.index);
    return take(frame);
  });
  options_.on_event(
      {LogLevel::kError, "log_damaged",
       fmt::format("the log of frames is damaged ({}) and is set aside as {}",
                   read ? "where it cannot be read at all" : read.error().message(), aside)});
  return OpenLog(last + 1);
}

Status LiveWriter::ReadFiles() {
  if (std::ranges::all_of(config_.sources, &SourceConfig::is_feed)) return {};
  const ReceiveTime now = SystemClock().Now();
  const LakeView& view = session_->view();
  TM_ASSIGN(Intake intake, ReadSources(config_, view, view.epoch() + 1, now, session_->threads(),
                                       options_.progress));
  intake.following = FeedSourcesOf(config_);
  TM_ASSIGN(const EpochReport report,
            RunEpoch(*session_, config_, intake, {.now = now, .progress = options_.progress}));
  if (options_.progress != nullptr) options_.progress->End();
  if (report.changed) {
    options_.on_event({LogLevel::kInfo,
                       "files_read",
                       fmt::format("files brought up to date: epoch {}", report.epoch),
                       {{"epoch", report.epoch}}});
  }
  TM_TRY(writer_->Refresh());
  return report.changed ? FollowTips() : Status();
}

// Takes the frames that no epoch has yet, of all that come: after a crash, or after an epoch that
// failed.
OnFrame LiveWriter::TakeStored() {
  return [this, decoders = std::make_shared<FrameDecoders>()](const LoggedFrame& frame) -> Status {
    if (frame.kind == FrameKind::kSaid) {
      if (frame.index <= writer_->committed()) return {};
      return intake().Said(frame.feed, frame.index, frame.at, frame.bytes);
    }
    if (frame.index <= writer_->committed() || frame.kind == FrameKind::kContext ||
        frame.kind == FrameKind::kLake) {
      return decoders->Decode(frame, nobody_);
    }
    return decoders->Decode(frame, IntakeOf(frame, frame.index));
  };
}

Status LiveWriter::SeedGaps() {
  opened_at_.clear();
  for (const SourceConfig& source : config_.sources) {
    for (const Symbol& symbol : source.feed.symbols) {
      const TradeSeriesId series = {source.feed.venue, symbol};
      TM_ASSIGN(const EventTime reached, writer_->Seed(series));
      if (reached != kMinTime) opened_at_[series] = reached;
    }
  }
  return {};
}

EventTime LiveWriter::OpenedAt(const TradeSeriesId& series) const {
  const auto it = opened_at_.find(series);
  return it == opened_at_.end() ? kMinTime : it->second;
}

Result<Batch> LiveWriter::StoredTrades(const TradeSeriesId& series, TimeRange times,
                                       std::vector<std::string> columns) const {
  const ReadFilter filter = {
      .series = KeyOf(series), .times = times, .columns = std::move(columns)};
  return session_->view().Read(TradesTable(), filter);
}

Result<TimeRange> LiveWriter::NeverMissed(const TradeSeriesId& series, EventTime since,
                                          std::string_view reason) {
  TimeRange range = {since, kMaxTime};
  const std::string ours = FeedTradesSource(series.venue);
  TM_ASSIGN(const LakeFacts facts, session_->Facts());
  const EventTime reached = facts.watermarks.Of(series, ours);
  if (reached == kMinTime) return range;
  // Gaps that follow each other from `since` on were missed, and asked for.
  const ReadFilter filter = {.series = KeyOf(series), .columns = {"from", "to", "reason"}};
  TM_ASSIGN(const Batch events, session_->view().Read(GapEventsTable(), filter));
  std::map<int64_t, int64_t> missed;
  for (size_t i = 0; i < events.rows; ++i) {
    if (events["reason"].strings.At(i) != reason) continue;
    int64_t& to = missed[events["from"].ints[i]];
    to = std::max(to, events["to"].ints[i]);
  }
  for (const auto& [from, to] : missed) {
    if (from > range.start.us) break;
    range.start.us = std::max(range.start.us, to);
  }
  // Mostly it is near, or there is one of the day before; all of them may be millions.
  TimeRange window = {range.start - kMicrosPerDay, range.start};
  while (range.end == kMaxTime && window.start <= reached) {
    TM_ASSIGN(const Batch trades, StoredTrades(series, window, {"time", "source"}));
    for (size_t i = 0; i < trades.rows; ++i) {
      const EventTime time = {trades["time"].ints[i]};
      if (trades["source"].strings.At(i) == ours) range.end = std::min(range.end, time);
    }
    window = {window.end, window.end + 2 * (window.end - window.start)};
  }
  return range;
}

Result<EventTime> LiveWriter::CandlesTo(const SeriesId& series, EventTime since) {
  TM_ASSIGN(const LakeFacts facts, session_->Facts());
  const EventTime reached = facts.watermarks.Of(series, FeedCandlesSource(series.venue));
  if (reached == kMinTime) return since;
  const EventTime from = reached - kGapHistoryUs;
  const ReadFilter filter = {
      .series = KeyOf(series), .times = {from, kMaxTime}, .columns = {"open_time"}};
  TM_ASSIGN(Batch stored, session_->view().Read(VendorCandlesTable(), filter));
  std::vector<int64_t>& opens = stored["open_time"].ints;
  std::ranges::sort(opens);
  TM_ASSIGN(const EventTime had, writer_->WasSure(Sure::kCandles, series.ToString()));
  const EventTime sure = had == kMinTime ? reached - kCandlesAgainUs : std::min(had, reached);
  EventTime told = since < from ? kMinTime : series.interval.OpenOf(since);
  for (const int64_t open : opens) {
    if (told != kMinTime && told.us < open) return std::min(told, sure);
    told = series.interval.CloseOf({open});
  }
  return sure;
}

Result<int64_t> LiveWriter::Append(const LoggedFrame& frame) {
  auto index = log_->Append(frame);
  if (index) unsynced_ = true;
  return index;
}

FeedSink& LiveWriter::Take(const LoggedFrame& frame) {
  const auto index = Append(frame);
  if (!index) {
    if (!full_) {
      options_.on_event(
          {LogLevel::kError, "log_full", "frames are not taken: " + index.error().message()});
    }
    full_ = true;
    return nobody_;
  }
  // While the lake cannot be opened the log is all there is; it is read when it can.
  return open() ? IntakeOf(frame, *index) : nobody_;
}

FeedSink& LiveWriter::IntakeOf(const LoggedFrame& frame, int64_t index) {
  FeedSink* const rows = intake().RowsOf(frame, index);
  return rows == nullptr ? nobody_ : *rows;
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

bool LiveWriter::SyncIsDue() const {
  return unsynced_ &&
         (!unshown_.empty() || SystemClock().MonotonicNanos() - synced_ns_ >= kSyncUs * 1000);
}

Status LiveWriter::Sync() {
  if (!unsynced_) return {};
  TM_TRY(log_->Sync());
  unsynced_ = false;
  synced_ns_ = SystemClock().MonotonicNanos();
  for (const auto& [said, at] : std::exchange(unshown_, {})) {
    if (options_.on_forecasts) options_.on_forecasts(said, at);
  }
  return {};
}

void LiveWriter::Forecast() {
  if (forecaster_ == nullptr) return;
  forecaster_->Turn(intake(), [this](const SaidForecasts& said) {
    // What the log has no room for is not said.
    (void)Say(said);
  });
}

Status LiveWriter::Say(const SaidForecasts& said) {
  const ReceiveTime now = SystemClock().Now();
  const Bytes bytes = said.Save();
  const std::string about = said.series.ToString();
  TM_ASSIGN(const int64_t index, Append({.kind = FrameKind::kSaid,
                                         .feed = said.series.venue,
                                         .at = now,
                                         .about = about,
                                         .bytes = bytes}));
  TM_TRY(intake().Said(said.series.venue, index, now, bytes));
  unshown_.emplace_back(said, now);
  return {};
}

Status LiveWriter::FollowTips() {
  std::set<SeriesId> series;
  for (const SourceConfig& source : config_.sources) {
    for (const Symbol& symbol : source.feed.symbols) {
      series.insert(MinutesOf({source.feed.venue, symbol}));
    }
  }
  lake_epoch_ = session_->view().epoch();
  TM_ASSIGN(std::vector<Tip> tips, tips_.Read(config_, *session_, series, true));
  forecaster_ = std::make_unique<LiveForecaster>(config_);
  forecaster_->Adopt(std::move(tips), intake());
  return {};
}

Status LiveWriter::BeginCommit() {
  // What the epoch closes and nobody has said by now, it says.
  Forecast();
  TM_TRY(Sync());
  if (!intake().any()) return {};
  // The frames of the next epochs begin a segment that can be read without this one.
  TM_TRY(log_->StartSegment());
  TM_TRY(RecordLake(""));
  for (const Context& c : contexts_) {
    TM_TRY(Append({.kind = c.kind,
                   .feed = c.feed,
                   .connection = c.connection,
                   .at = c.at,
                   .about = c.about,
                   .bytes = c.bytes}));
  }
  // What recovery brings is where the forecasts begin, and comes back with the tips.
  if (!live_) {
    for (auto& [series, open] : intake().OpenNow()) open.trades = {};
  }
  const int64_t rows = intake().rows();
  TM_ASSIGN(FeedWriter::Cut cut, writer_->Take(live_));
  uncompacted_ += rows;
  std::optional<CompactionOptions> compact;
  if ((epochs_ + 1) % kEpochsToCompact == 0) {
    compact = {.tables = {}, .tidying = Tidying::kOften};
  } else if (uncompacted_ >= kRowsToCompact) {
    compact = {.tables = {TradesTable().name}, .tidying = Tidying::kOften};
  }
  if (compact) uncompacted_ = 0;
  epoch_ = std::make_unique<LiveEpoch>(config_, *session_, *writer_, tips_, std::move(cut), rows,
                                       std::move(compact));
  return {};
}

Status LiveWriter::EndCommit() {
  if (epoch_ != nullptr) {
    const std::unique_ptr<LiveEpoch> epoch = std::move(epoch_);
    TM_ASSIGN(LiveEpoch::Outcome outcome, epoch->Wait());
    unready_ += outcome.written.report.forecasts_unready;
    writer_->Finish(epoch->TakeCut(), std::move(outcome.written));
    Committed(outcome);
    if (forecaster_ != nullptr) forecaster_->Adopt(std::move(outcome.tips), intake());
    TM_TRY(log_->Release(writer_->committed() + 1));
    full_ = false;
  }
  if (!live_) {
    intake().ForgetLive();
    TM_TRY(FollowTips());
  }
  live_ = true;
  return {};
}

Status LiveWriter::Commit() {
  TM_TRY(BeginCommit());
  return EndCommit();
}

void LiveWriter::Committed(const LiveEpoch::Outcome& outcome) {
  ++epochs_;
  epoch_rows_ = outcome.rows;
  epoch_at_ = SystemClock().Now();
  epoch_times_.Add(static_cast<double>(outcome.micros) / kMicrosPerSecond);
  lake_epoch_ = session_->view().epoch();
  options_.on_event(
      {LogLevel::kDebug,
       "epoch_committed",
       fmt::format("epoch {}: {} rows", lake_epoch_, outcome.rows),
       {{"epoch", lake_epoch_}, {"rows", outcome.rows}, {"duration_ms", outcome.micros / 1000}}});
}

void LiveWriter::Describe(LiveState* state) const {
  if (log_ != nullptr) state->log_bytes = log_->bytes();
  state->log_bytes_max = config_.frames_limit_bytes;
  state->log_full = full_;
  state->epoch_rows = epoch_rows_;
  state->epoch_at = epoch_at_;
  state->epoch_times = epoch_times_;
  if (!open()) return;
  state->pending_rows = writer_->intake().rows();
  state->unready = unready_;
  state->ledger = writer_->ledger();
  state->epoch = lake_epoch_;
}

Status LiveWriter::Reopen() {
  CHECK(!committing());
  TM_TRY(Sync());  // only what is durable is read again
  forecaster_.reset();
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
  for (const auto& [series, gaps] : writer_->intake().time_gaps()) {
    report.gaps_open += static_cast<int64_t>(gaps.size());
  }
  return report;
}

}  // namespace tidemark
