#include "tidemark/source/feed/feed_client.h"
#include "tidemark/source/net/url.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/source/feed/feed_backfill.h"
#include "tidemark/source/feed/feed_connection.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

constexpr int64_t kTick = 50 * kMicrosPerMilli;

// Every topic that is wanted, those of one address together.
Result<std::vector<FeedTopic>> TopicsOf(const VenueProtocol& protocol,
                                        const FeedSettings& settings) {
  std::vector<FeedTopic> topics;
  for (const Symbol& symbol : settings.symbols) {
    if (settings.trades) {
      TM_ASSIGN(FeedTopic topic, protocol.Trades(symbol));
      topics.push_back(std::move(topic));
    }
    for (const Interval& interval : settings.candles) {
      TM_ASSIGN(FeedTopic topic, protocol.Candles(symbol, interval));
      topics.push_back(std::move(topic));
    }
  }
  if (topics.empty()) {
    return Fail(ErrorCode::kInvalidArgument, settings.venue + ": nothing to subscribe to");
  }
  if (!settings.ws_url.empty()) {
    // An address without a path is another host that speaks the same.
    TM_ASSIGN(const Url url, ParseUrl(settings.ws_url));
    const bool host_only = url.target == "/" && !settings.ws_url.ends_with('/');
    for (FeedTopic& topic : topics) {
      TM_ASSIGN(const Url own, ParseUrl(topic.url));
      topic.url = settings.ws_url + (host_only && own.target != "/" ? own.target : "");
    }
  }
  std::stable_sort(topics.begin(), topics.end(),
                   [](const FeedTopic& a, const FeedTopic& b) { return a.url < b.url; });
  return topics;
}

}  // namespace

Result<std::unique_ptr<FeedClient>> FeedClient::Make(EventLoop& loop, Clock& clock,
                                                     FeedSettings settings, uint64_t seed,
                                                     Listener& listener) {
  TM_ASSIGN(std::unique_ptr<VenueProtocol> protocol, MakeVenueProtocol(settings.venue));
  TM_ASSIGN(std::unique_ptr<RestDecoder> decoder, MakeRestDecoder(settings.venue));
  std::vector<Symbol> symbols;  // each once
  for (const Symbol& symbol : settings.symbols) {
    if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end())
      symbols.push_back(symbol);
  }
  settings.symbols = std::move(symbols);
  TM_ASSIGN(const std::vector<FeedTopic> topics, TopicsOf(*protocol, settings));
  if (settings.rest_url.empty()) settings.rest_url = protocol->rules().rest_url;
  std::unique_ptr<FeedClient> client(
      new FeedClient(loop, clock, std::move(settings), listener, std::move(protocol)));
  Random seeds(seed);
  for (size_t begin = 0; begin < topics.size();) {
    size_t end = begin;
    const size_t limit = begin + client->protocol_->rules().topics_per_connection;
    while (end < topics.size() && end < limit && topics[end].url == topics[begin].url) ++end;
    client->shards_.push_back(std::make_unique<Shard>(
        *client->protocol_, std::vector(topics.begin() + begin, topics.begin() + end),
        topics[begin].url, client->settings_.timings, seeds.Next(), client->connection_count_));
    begin = end;
  }
  FeedBackfill::Hooks hooks{
      .frame = [&listener](const FeedFrame& frame) { listener.OnFrame(frame); },
      .rows = [&listener]() -> FeedSink& { return listener.rows(); },
      .note =
          [&listener, venue = client->settings_.venue](LogEvent note) {
            note.fields.emplace_back("venue", venue);
            listener.OnNote(note);
          },
      .covers =
          [venue = client->settings_.venue](const BackfillRange& range,
                                            const BackfillProgress& progress) {
            return CoversRange(venue, range, progress);
          }};
  client->backfills_ = std::make_unique<FeedBackfill>(
      loop, clock, *client->protocol_, std::move(decoder), client->settings_.rest_url,
      client->settings_.ca_file, seeds.Next(), std::move(hooks));
  client->Tick();
  return client;
}

FeedClient::FeedClient(EventLoop& loop, Clock& clock, FeedSettings settings, Listener& listener,
                       std::unique_ptr<VenueProtocol> protocol)
    : loop_(loop),
      clock_(clock),
      settings_(std::move(settings)),
      listener_(listener),
      protocol_(std::move(protocol)),
      last_rows_(settings_.symbols.size()),
      connect_pace_(protocol_->rules().connect),
      tick_(loop) {
  for (size_t i = 0; i < settings_.symbols.size(); ++i) {
    spellings_.emplace(protocol_->Spelling(settings_.symbols[i]), i);
  }
}

FeedClient::~FeedClient() = default;

void FeedClient::Start() {
  if (running_) return;
  running_ = true;
  for (const auto& shard : shards_) {
    shard->session.Start(Now());
    Carry(*shard);
  }
}

void FeedClient::Stop() {
  running_ = false;
  for (const auto& shard : shards_) {
    shard->session.Stop(Now());
    Carry(*shard);
  }
  backfills_->Stop();
}

void FeedClient::PauseReading(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  for (const auto& shard : shards_) {
    shard->session.SetPaused(paused, Now());
    for (const auto& [id, connection] : shard->connections) connection->PauseReading(paused);
  }
}

void FeedClient::Backfill(const Symbol& symbol, const BackfillRange& range,
                          std::function<void(Status)> done) {
  backfills_->Add(symbol, range, std::move(done));
}

void FeedClient::Look(const Symbol& symbol, const BackfillRange& range, FeedSink& rows,
                      std::function<void(Status)> done) {
  backfills_->Look(symbol, range, rows, std::move(done));
}

void FeedClient::Tick() {
  tick_.Start(kTick, [this] { Tick(); });
  left_.clear();  // nothing of theirs is being called now
  for (const auto& shard : shards_) {
    shard->session.OnTime(Now());
    Carry(*shard);
  }
  StartConnections();
  if (backfills_) backfills_->OnTime();
}

void FeedClient::Carry(Shard& shard) {
  if (std::exchange(shard.carrying, true)) return;  // whoever carries takes these too
  for (;;) {
    std::vector<FeedAction> actions = shard.session.TakeActions();
    if (actions.empty()) break;
    for (FeedAction& action : actions) Perform(shard, action);
  }
  shard.carrying = false;
}

void FeedClient::Perform(Shard& shard, FeedAction& action) {
  const auto connection = shard.connections.find(action.connection);
  switch (action.kind) {
    case FeedAction::Kind::kConnect:
      to_connect_.emplace_back(&shard, std::move(action));
      return StartConnections();
    case FeedAction::Kind::kSend:
      if (connection == shard.connections.end()) return;
      if (const Status sent = connection->second->Send(std::move(action.text)); !sent) {
        Note(LogLevel::kWarning, "not_sent", sent.error().message());
      }
      return;
    case FeedAction::Kind::kClose: {
      std::erase_if(to_connect_,
                    [&](const auto& next) { return next.second.connection == action.connection; });
      if (connection == shard.connections.end()) return;
      left_.push_back(std::move(connection->second));
      shard.connections.erase(connection);
      return left_.back()->Close(action.text);
    }
    case FeedAction::Kind::kNote:
      return Note(action.level, action.event, action.text);
    case FeedAction::Kind::kGap: {
      const ReceiveTime to = clock_.Now();
      return listener_.OnGap(shard.session.topics()[action.topic], action.text,
                             ReceiveTime{to.us - action.away_us}, to);
    }
  }
}

void FeedClient::StartConnections() {
  while (!to_connect_.empty() && connect_pace_.Take(Now())) {
    auto [shard, action] = std::move(to_connect_.front());
    to_connect_.erase(to_connect_.begin());
    auto decoder = MakeFeedDecoder(settings_.venue);
    if (!decoder) continue;  // it was there in Make
    WebSocketOptions options{.url = action.text, .ca_file = settings_.ca_file};
    options.open_timeout_us = settings_.timings.open_timeout_us;
    auto connection = std::make_unique<Connection>(*this, *shard, action.connection, options,
                                                   *std::move(decoder));
    if (paused_) connection->PauseReading(true);
    shard->connections.emplace(action.connection, std::move(connection));
  }
}

void FeedClient::Note(LogLevel level, std::string_view event, std::string_view text) {
  listener_.OnNote(
      {level, event, fmt::format("{}: {}", settings_.venue, text), {{"venue", settings_.venue}}});
}

void FeedClient::OnRow(std::string_view symbol) {
  const auto found = spellings_.find(symbol);
  if (found != spellings_.end()) last_rows_[found->second] = clock_.Now();
}

const Symbol* FeedClient::SymbolOf(std::string_view spelling) const {
  const auto found = spellings_.find(spelling);
  return found == spellings_.end() ? nullptr : &settings_.symbols[found->second];
}

FeedState FeedClient::state() const {
  FeedState state;
  state.backfills = backfills_->waiting();
  state.refused = backfills_->refused();
  state.heard = heard_;
  for (size_t i = 0; i < settings_.symbols.size(); ++i) {
    state.symbols.push_back({.symbol = settings_.symbols[i],
                             .subscribed = true,
                             .hears_trades = settings_.trades,
                             .hears_candles = !settings_.candles.empty()});
    state.symbols.back().last_row = last_rows_[i];
  }
  for (const auto& shard : shards_) {
    for (const auto& [id, connection] : shard->connections) state.connections += connection->open();
    const FeedSession& session = shard->session;
    state.reconnects += session.reconnects();
    state.drops += session.drops();
    for (size_t i = 0; i < session.topics().size(); ++i) {
      const auto found = spellings_.find(session.topics()[i].spelling);
      if (found == spellings_.end()) continue;
      FeedState::OfSymbol& of = state.symbols[found->second];
      of.reconnects = std::max(of.reconnects, session.reconnects());
      of.drops = std::max(of.drops, session.drops());
      if (session.live(i)) continue;
      of.subscribed = false;
      const bool trades = session.topics()[i].kind == FeedKind::kTrades;
      (trades ? of.hears_trades : of.hears_candles) = false;
      if (of.problem.empty()) of.problem = session.problem(i);
    }
  }
  return state;
}

}  // namespace tidemark
