#include "tidemark/pipeline/live_feed.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

constexpr int64_t kMarginUs = 10 * kMicrosPerSecond;  // between a venue's clock and ours
constexpr int64_t kSoonUs = kMicrosPerSecond, kLaterUs = 30 * kMicrosPerSecond;
constexpr int kSoonAttempts = 5, kAttempts = 20;

FrameKind KindOf(FeedFrame::Kind kind) {
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

FeedSettings SettingsOf(const FeedConfig& config) {
  FeedSettings settings;
  settings.venue = config.venue;
  settings.symbols = config.symbols;
  settings.trades = config.trades;
  settings.candles = config.candles;
  settings.ws_url = config.ws_url;
  settings.rest_url = config.rest_url;
  settings.ca_file = config.ca_file;
  return settings;
}

}  // namespace

Result<std::unique_ptr<LiveFeed>> LiveFeed::Make(const SourceConfig& source, EventLoop& loop,
                                                 LiveWriter& writer, const LiveOptions& options) {
  std::unique_ptr<LiveFeed> feed(new LiveFeed(source.feed.venue, writer, options));
  TM_ASSIGN(feed->client_, FeedClient::Make(loop, SystemClock(), SettingsOf(source.feed),
                                            writer.config().seed, *feed));
  return feed;
}

int64_t LiveFeed::reconnects() const {
  int64_t most = 0;
  for (const auto& symbol : client_->state().symbols) most = std::max(most, symbol.reconnects);
  return most;
}

void LiveFeed::OnFrame(const FeedFrame& frame) {
  const LoggedFrame kept = {.kind = KindOf(frame.kind),
                            .feed = venue_,
                            .connection = frame.connection,
                            .at = frame.at,
                            .about = frame.about,
                            .bytes = frame.bytes};
  rows_.Begin(&writer_.Take(kept), kept);
  if (kept.kind == FrameKind::kOpened) writer_.Remember(kept);
  if (kept.kind == FrameKind::kClosed) writer_.ForgetConnection(venue_, frame.connection);
}

void LiveFeed::Rows::OnControl(const ControlEvent& event) {
  const bool names =
      event.kind == ControlKind::kSubscribed || event.kind == ControlKind::kUnsubscribed;
  if (names && !remembered_ && frame_.kind == FrameKind::kReceived) {
    remembered_ = true;
    writer_.Remember(frame_);
  }
  to_->OnControl(event);
}

// What ids cannot tell is asked for by time.
void LiveFeed::OnGap(const Symbol& symbol, ReceiveTime from, ReceiveTime to) {
  if (writer_.open() && writer_.intake().gaps().contains({venue_, symbol})) return;
  const TimeRange times = {EventTime{from.us - kMarginUs}, EventTime{to.us + kMarginUs}};
  client_->Backfill(symbol, BackfillRange::Times(times), [this, symbol](const Status& status) {
    OnNote(status ? fmt::format("{} {}: what was missed has been asked for", venue_, symbol.text())
                  : fmt::format("{} {}: what was missed cannot be had: {}", venue_, symbol.text(),
                                status.error().message()));
  });
}

void LiveFeed::Turn(int64_t now_us) {
  for (Wanted& wanted : wanted_) {
    if (wanted.asked || now_us < wanted.due_us) continue;
    wanted.asked = true;
    ++wanted.attempts;
    client_->Backfill(wanted.symbol, BackfillRange::Ids(wanted.gap.begin, wanted.gap.end),
                      [this, symbol = wanted.symbol, begin = wanted.gap.begin](
                          const Status& status) { Asked(symbol, begin, status); });
  }
  std::erase_if(wanted_, [](const Wanted& wanted) { return wanted.done; });
}

bool LiveFeed::IsMissing(const Wanted& wanted) const {
  const auto& gaps = writer_.intake().gaps();
  const auto known = gaps.find({venue_, wanted.symbol});
  return known != gaps.end() && std::ranges::any_of(known->second.missing(), [&](const IdGap& g) {
           return g.begin < wanted.gap.end && wanted.gap.begin < g.end;
         });
}

void LiveFeed::Asked(const Symbol& symbol, int64_t begin, const Status& status) {
  for (Wanted& wanted : wanted_) {
    if (wanted.symbol != symbol || wanted.gap.begin != begin) continue;
    wanted.asked = false;
    wanted.due_us = SystemClock().Now().us + (wanted.attempts < kSoonAttempts ? kSoonUs : kLaterUs);
    if (!writer_.open()) return;
    const std::string ids = fmt::format("{} {}: the ids {} to {}", venue_, symbol.text(),
                                        wanted.gap.begin, wanted.gap.end - 1);
    if (!IsMissing(wanted)) {
      wanted.done = true;
      OnNote(ids + " have been filled in");
    } else if (wanted.attempts >= kAttempts) {
      wanted.done = true;
      OnNote(fmt::format("{} cannot be had: {}", ids,
                         status ? "the venue does not give them" : status.error().message()));
    }
    return;
  }
}

}  // namespace tidemark
