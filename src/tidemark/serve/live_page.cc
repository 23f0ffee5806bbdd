#include "tidemark/serve/live_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tidemark/base/json_text.h"
#include "tidemark/serve/metrics_page.h"
#include "tidemark/serve/process_metrics.h"

namespace tidemark {
namespace {

double SecondsBetween(int64_t from_us, int64_t to_us) {
  return static_cast<double>(to_us - from_us) / kMicrosPerSecond;
}

// Until something has come, since the feeds were started.
double Age(const LiveState& state, ReceiveTime last, ReceiveTime now) {
  return SecondsBetween(std::max(last, state.started).us, now.us);
}

void AddFeeds(const LiveState& state, ReceiveTime now, MetricsPage* page) {
  using OfFeed = LiveState::OfFeed;
  const auto each = [&](auto value) {
    for (const OfFeed& feed : state.feeds) page->Add(value(feed), {{"venue", feed.venue}});
  };
  const auto each_symbol = [&](auto value) {
    for (const OfFeed& feed : state.feeds) {
      for (const LiveState::OfSymbol& symbol : feed.symbols) {
        page->Add(value(symbol), {{"venue", feed.venue}, {"symbol", symbol.symbol}});
      }
    }
  };
  page->Counter("tidemark_frames_total", "Frames received: messages, replies, openings, ends");
  each([](const OfFeed& feed) { return feed.frames; });
  page->Counter("tidemark_frame_bytes_total", "Bytes of the frames received");
  each([](const OfFeed& feed) { return feed.frame_bytes; });
  page->Gauge("tidemark_connections", "Connections that are open");
  each([](const OfFeed& feed) { return feed.connections; });
  page->Counter("tidemark_reconnects_total", "Connections opened after the first");
  each([](const OfFeed& feed) { return feed.reconnects; });
  page->Counter("tidemark_connection_drops_total", "Connections that ended against our will");
  each([](const OfFeed& feed) { return feed.drops; });
  page->Gauge("tidemark_last_message_age_seconds", "Since anything was heard, a ping too");
  each([&](const OfFeed& feed) { return Age(state, feed.heard, now); });
  page->Gauge("tidemark_backfills_waiting", "Ranges of history under way or waiting");
  each([](const OfFeed& feed) { return feed.backfills; });
  page->Counter("tidemark_requests_refused_total", "Requests for history that were refused");
  each([](const OfFeed& feed) { return feed.refused; });
  page->Counter("tidemark_cross_checked_minutes_total",
                "Minutes of trades that were held against the venue's history");
  each([](const OfFeed& feed) { return feed.checks.checked; });
  page->Counter("tidemark_cross_check_skipped_minutes_total",
                "Minutes of trades that could not be held against it in time");
  each([](const OfFeed& feed) { return feed.checks.unchecked; });
  page->Counter("tidemark_trades_missed_total", "Trades that only the venue's history told of");
  each([](const OfFeed& feed) { return feed.checks.missed; });
  page->Counter("tidemark_trades_unknown_total",
                "Trades that came and that the venue's history does not tell");
  each([](const OfFeed& feed) { return feed.checks.unknown; });
  page->Gauge("tidemark_subscribed", "1: all that is wanted of the symbol is being followed");
  each_symbol([](const LiveState::OfSymbol& symbol) { return symbol.subscribed; });
  page->Gauge("tidemark_last_row_age_seconds", "Since the last trade or candle came");
  each_symbol([&](const LiveState::OfSymbol& symbol) { return Age(state, symbol.last_row, now); });
}

// "feed://binance/trades" is what a venue gave for the table `trades`.
void AddRows(const LiveState& state, MetricsPage* page) {
  page->Counter("tidemark_rows_total",
                "Rows of feeds in the lake's ledger since it began, by what became of them");
  for (const auto& [source, rows] : state.ledger.rows) {
    const size_t begin = source.find("//") + 2, end = source.rfind('/');
    const std::string venue = source.substr(begin, end - begin);
    const std::string what = source.substr(end + 1);
    const std::string table = what == "trades"  ? TradesTable().name
                              : what == "rates" ? ExchangeRatesTable().name
                                                : VendorCandlesTable().name;
    const auto add = [&](const char* result, int64_t count) {
      page->Add(count, {{"venue", venue}, {"table", table}, {"result", result}});
    };
    add("new", rows.new_rows);
    add("revised", rows.revised);
    add("duplicate", rows.duplicate);
    add("rejected", rows.rejected);
    add("placeholder", rows.placeholder);
  }
}

void AddSeries(const LiveState& state, ReceiveTime now, MetricsPage* page) {
  const auto gaps = [&](auto value) {
    for (const auto& [series, of] : state.ledger.gaps) {
      page->Add(value(of), {{"venue", series.venue}, {"symbol", series.symbol}});
    }
  };
  using Gaps = FeedLedger::Gaps;
  page->Counter("tidemark_gaps_opened_total", "Gaps in ids that were found since the lake began");
  gaps([](const Gaps& of) { return of.opened; });
  page->Counter("tidemark_gaps_healed_total", "Gaps in ids that were filled since the lake began");
  gaps([](const Gaps& of) { return of.healed(); });
  page->Gauge("tidemark_gaps_open", "Gaps in ids that are open");
  gaps([](const Gaps& of) { return of.open; });

  page->Gauge("tidemark_watermark_lag_seconds",
              "From a series' watermark, up to which the lake is believed complete, to now");
  const auto followed = [&](const std::string& venue, const Symbol& symbol) {
    return std::ranges::any_of(state.feeds, [&](const LiveState::OfFeed& feed) {
      return feed.venue == venue &&
             std::ranges::count(feed.symbols, symbol.text(), &LiveState::OfSymbol::symbol) > 0;
    });
  };
  for (const auto& [series, at] : state.ledger.watermarks.Trades()) {
    if (!followed(series.venue, series.symbol)) continue;
    page->Add(SecondsBetween(at.us, now.us),
              {{"venue", series.venue}, {"symbol", series.symbol.text()}, {"table", "trades"}});
  }
  for (const auto& [series, at] : state.ledger.watermarks.Candles()) {
    if (!followed(series.venue, series.symbol)) continue;
    page->Add(SecondsBetween(at.us, now.us), {{"venue", series.venue},
                                              {"symbol", series.symbol.text()},
                                              {"table", "vendor_candles"},
                                              {"interval", series.interval.ToString()}});
  }
}

void AddEpochs(const LiveState& state, ReceiveTime now, MetricsPage* page) {
  page->Gauge("tidemark_epoch", "The epoch that the lake is at").Add(state.epoch);
  page->Gauge("tidemark_epoch_rows", "Rows of feeds in the last epoch").Add(state.epoch_rows);
  page->Gauge("tidemark_epoch_age_seconds", "Since the last epoch, or since the start")
      .Add(Age(state, state.epoch_at, now));
  page->Counter("tidemark_epochs_total", "Epochs committed").Add(state.epoch_times.epochs);
  page->Gauge("tidemark_epoch_failing", "1: the last epoch could not be committed")
      .Add(!state.commit_problem.empty());
  page->Counter("tidemark_epoch_failures_total", "Attempts at an epoch that failed")
      .Add(state.failures);
  prometheus::ClientMetric::Histogram times;
  uint64_t below = 0;
  for (size_t i = 0; i < state.epoch_times.counts.size(); ++i) {
    below += static_cast<uint64_t>(state.epoch_times.counts[i]);
    const bool bounded = i < EpochTimes::kSeconds.size();
    times.bucket.push_back(
        {below, bounded ? EpochTimes::kSeconds[i] : std::numeric_limits<double>::infinity()});
  }
  times.sample_count = below;
  times.sample_sum = state.epoch_times.seconds;
  page->Histogram("tidemark_epoch_duration_seconds", "How long epochs took, commit included")
      .Add(std::move(times));
  page->Gauge("tidemark_pending_rows", "Rows received for the next epoch").Add(state.pending_rows);
  page->Counter("tidemark_forecasts_issued_total",
                "Forecasts said while live, since the lake began")
      .Add(state.ledger.issued);
  page->Counter("tidemark_forecasts_unready_total",
                "Forecasts not said, their models having been fitted after the close")
      .Add(state.unready);
}

}  // namespace

std::string LiveMetrics(const LiveState& state, ReceiveTime now, int64_t silence_us) {
  MetricsPage page;
  page.Gauge("tidemark_build_info", "1; the version is a label")
      .Add(true, {{"version", TIDEMARK_VERSION}});
  page.Gauge("tidemark_healthy", "1: /health says 200")
      .Add(ProblemsOf(state, now, silence_us).empty());
  if (state.started.us != 0) {
    page.Gauge("tidemark_turn_age_seconds", "Since sockets were last read; epochs are waited for")
        .Add(SecondsBetween(state.at.us, now.us));
    AddFeeds(state, now, &page);
    AddRows(state, &page);
    AddSeries(state, now, &page);
    AddEpochs(state, now, &page);
    page.Gauge("tidemark_frame_log_bytes", "Held by the log of frames").Add(state.log_bytes);
    page.Gauge("tidemark_frame_log_limit_bytes", "What the log of frames may hold")
        .Add(state.log_bytes_max);
    page.Gauge("tidemark_frame_log_full", "1: frames are not taken, venues wait")
        .Add(state.log_full);
    page.Gauge("tidemark_frame_log_failing", "1: the log of frames cannot be written")
        .Add(!state.log_problem.empty());
  }
  AddProcessMetrics(&page);
  return page.Text();
}

PageAnswer LiveHealth(const LiveState& state, ReceiveTime now, int64_t silence_us) {
  const std::vector<LiveProblem> problems = ProblemsOf(state, now, silence_us);
  std::string listed;
  for (const LiveProblem& problem : problems) {
    listed += fmt::format(R"({}{{"code":{},"message":{}}})", listed.empty() ? "" : ",",
                          JsonString(problem.code), JsonString(problem.message));
  }
  const bool starting = state.started.us == 0;
  return {problems.empty() ? 200 : 503, "application/json",
          fmt::format("{{\"status\":\"{}\",\"version\":\"{}\",\"epoch\":{},\"problems\":[{}]}}\n",
                      problems.empty() ? "ok"
                      : starting       ? "starting"
                                       : "failing",
                      TIDEMARK_VERSION, state.epoch, listed)};
}

}  // namespace tidemark
