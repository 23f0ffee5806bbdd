#include "tidemark/query/report/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tidemark/base/json_text.h"
#include "tidemark/base/parallel.h"
#include "tidemark/query/report/report_embed.h"
#include "tidemark/query/report/report_stats.h"
#include "tidemark/query/sql_text.h"

namespace tidemark {
namespace {

struct ReportSeries {
  std::string venue, symbol, interval;
  int64_t first_us = 0, last_us = 0;
  std::string horizon;  // "" without forecasts
  std::string forecast_interval;

  // Conditions on a table with series columns.
  std::string Where(const std::string& of_interval) const {
    return fmt::format("venue = {} AND symbol = {} AND interval = {}", SqlQuoted(venue),
                       SqlQuoted(symbol), SqlQuoted(of_interval));
  }
  std::string Candles() const { return Where(interval); }
  std::string Forecasts() const {
    return Where(forecast_interval) + " AND horizon = " + SqlQuoted(horizon);
  }
};

// A round number of seconds that cuts `span_us` into at most `buckets` pieces.
int64_t BucketSeconds(int64_t span_us, int buckets) {
  for (const int64_t seconds : {60, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400}) {
    if (span_us / kMicrosPerSecond / seconds < buckets) return seconds;
  }
  return 7 * 86400;
}

class Collector {
 public:
  Collector(SqlSession& session, const ReportOptions& options, int price_buckets, int recent_rows)
      : session_(session),
        options_(options),
        price_buckets_(price_buckets),
        recent_rows_(recent_rows) {}

  Result<std::string> Run() {
    TM_TRY(FindSeries());
    out_ = "{\"meta\":{";
    Text("title", options_.title);
    Text("lake", options_.lake);
    Text("version", options_.version);
    Text("engine", session_.engine_version());
    out_ += fmt::format("\"epoch\":{},\"series_total\":{}}},\n\"series\":[", options_.epoch,
                        series_total_);
    for (size_t i = 0; i < series_.size(); ++i) {
      if (i > 0) out_ += ",\n";
      TM_TRY(AddSeries(series_[i]));
    }
    out_ += "],\n\"all\":{";
    TM_TRY(AddWhole());
    out_ += fmt::format("\"null_market\":{},\n\"study\":{}}}}}",
                        JsonOrNull(options_.null_market_json), JsonOrNull(options_.study_json));
    return std::move(out_);
  }

 private:
  static std::string JsonOrNull(const std::string& json) { return json.empty() ? "null" : json; }

  void Text(std::string_view key, std::string_view value) {
    AppendJsonString(key, &out_);
    out_ += ':';
    AppendJsonString(value, &out_);
    out_ += ',';
  }

  // Adds `"name": answer,`.
  Status Add(std::string_view name, const std::string& sql, bool exact = false) {
    Result<Batch> batch = session_.Fetch(sql);
    if (!batch) return Fail(batch.error().With(fmt::format("report, {}", name)));
    AppendJsonString(name, &out_);
    out_ += ':';
    AppendEmbedded(*batch, exact, &out_);
    out_ += ",\n";
    return {};
  }

  Status FindSeries() {
    TM_ASSIGN(const Batch all,
              session_.Fetch("SELECT venue, symbol, interval, count(*) AS rows, "
                             "min(open_time) AS first, max(open_time) AS last FROM vendor_candles "
                             "GROUP BY ALL ORDER BY rows DESC, venue, symbol, interval"));
    TM_ASSIGN(const Batch horizons,
              session_.Fetch("SELECT venue, symbol, interval, horizon, max(n) AS rows "
                             "FROM scores GROUP BY ALL "
                             "ORDER BY rows DESC, venue, symbol, interval, horizon"));
    series_total_ = all.rows;
    const size_t shown = std::min(all.rows, static_cast<size_t>(options_.max_series));
    for (size_t i = 0; i < shown; ++i) {
      ReportSeries series{all["venue"].strings.At(i),
                          all["symbol"].strings.At(i),
                          all["interval"].strings.At(i),
                          all["first"].ints[i],
                          all["last"].ints[i],
                          "",
                          ""};
      series.forecast_interval = series.interval;
      for (size_t j = 0; j < horizons.rows; ++j) {
        if (horizons["venue"].strings.At(j) != series.venue ||
            horizons["symbol"].strings.At(j) != series.symbol) {
          continue;
        }
        series.horizon = horizons["horizon"].strings.At(j);
        series.forecast_interval = horizons["interval"].strings.At(j);
        break;
      }
      series_.push_back(std::move(series));
    }
    return {};
  }

  Status AddSeries(const ReportSeries& series) {
    out_ += '{';
    Text("venue", series.venue);
    Text("symbol", series.symbol);
    Text("interval", series.interval);
    Text("horizon", series.horizon);
    Text("forecast_interval", series.forecast_interval);
    TM_TRY(AddPrices(series));
    TM_TRY(AddCoverage(series));
    if (!series.horizon.empty()) TM_TRY(AddForecasts(series));
    TM_TRY(Add("scores",
               "SELECT * EXCLUDE (venue, symbol, interval) FROM scores WHERE " +
                   series.Forecasts() +
                   " AND ((bucket = 'all' AND length(period) <= 4) OR period = 'all') "
                   "ORDER BY basis, period = 'all' DESC, period, bucket <> 'all', "
                   "bucket, model",
               true));
    TM_TRY(Add("models",
               "SELECT model, effective_from, rows, coefficients, importance "
               "FROM models WHERE " +
                   series.Where(series.forecast_interval) +
                   " AND (coefficients IS NOT NULL OR importance IS NOT NULL) "
                   "ORDER BY effective_from, model"));
    out_ += "\"end\":0}";
    return {};
  }

  Status AddPrices(const ReportSeries& series) {
    const int64_t bucket = BucketSeconds(series.last_us - series.first_us, price_buckets_);
    const std::string candles = "vendor_candles WHERE " + series.Candles();
    TM_TRY(Add("span",
               "SELECT count(*) AS rows, min(open_time) AS first, max(open_time) AS last, "
               "arg_max(close, open_time) AS close FROM " +
                   candles,
               true));
    TM_TRY(
        Add("price", fmt::format("SELECT epoch_us(open_time) // {0} * {1} AS t, min(low) AS low, "
                                 "max(high) AS high, arg_max(close, open_time) AS close FROM {2} "
                                 "GROUP BY 1 ORDER BY 1",
                                 bucket * kMicrosPerSecond, bucket, candles)));
    out_ += fmt::format("\"bucket\":{},", bucket);
    const std::string week = fmt::format("make_timestamptz({})", series.last_us - kMicrosPerWeek);
    // The week's rows, thinned by keeping the last row of equal pieces of time when there are many.
    TM_TRY(
        Add("recent", fmt::format("SELECT epoch_us(arg_max(open_time, open_time)) // 1000000 AS t, "
                                  "min(low) AS low, max(high) AS high, "
                                  "arg_max(close, open_time) AS close FROM {} "
                                  "AND open_time >= {} GROUP BY epoch_us(open_time) // {} "
                                  "ORDER BY t",
                                  candles, week, kMicrosPerWeek / recent_rows_)));
    TM_TRY(
        Add("suspects",
            fmt::format("SELECT open_time AS t, close, before, after FROM (SELECT open_time, "
                        "close, lag(close) OVER w AS before, lead(close) OVER w AS after "
                        "FROM {} WINDOW w AS (ORDER BY open_time)) "
                        "WHERE abs(ln(close / before)) > 0.05 AND abs(ln(after / before)) < 0.02 "
                        "ORDER BY abs(ln(close / before)) DESC LIMIT 500",
                        candles)));
    const std::string gaps = "gaps WHERE " + series.Candles();
    return Add("gaps", fmt::format("SELECT \"from\" AS t0, \"to\" AS t1, missing, "
                                   "suspected_outage AS outage FROM (SELECT *, epoch_us(\"to\") - "
                                   "epoch_us(\"from\") AS us FROM {0}) WHERE suspected_outage OR "
                                   "us >= {2} OR (\"to\" >= {1} AND us >= {3}) "
                                   "ORDER BY us DESC, t0 LIMIT 1500",
                                   gaps, week, 6 * kMicrosPerHour, 10 * kMicrosPerMinute));
  }

  Status AddCoverage(const ReportSeries& series) {
    TM_TRY(Add("hours",
               "SELECT CAST(epoch(date_trunc('month', make_timestamp(h * 3600000000))) AS BIGINT) "
               "AS month, h % 24 AS hour, sum(rows)::BIGINT AS rows FROM (SELECT "
               "epoch_us(open_time) // 3600000000 AS h, count(*) AS rows FROM vendor_candles "
               "WHERE " +
                   series.Candles() + " GROUP BY 1) GROUP BY ALL ORDER BY 1, 2"));
    return Add("gap_classes",
               "SELECT CASE WHEN m < 2 THEN '1 min' WHEN m <= 5 THEN '2–5 min' "
               "WHEN m <= 15 THEN '6–15 min' WHEN m <= 60 THEN '16–60 min' "
               "WHEN m <= 360 THEN '1–6 h' WHEN m <= 1440 THEN '6–24 h' "
               "WHEN m <= 10080 THEN '1–7 d' ELSE 'over 7 d' END AS length, count(*) AS gaps, "
               "sum(missing)::BIGINT AS missing_rows, "
               "count(*) FILTER (suspected_outage) AS suspected_outages FROM "
               "(SELECT *, (epoch_us(\"to\") - epoch_us(\"from\")) / 60e6 AS m FROM gaps WHERE " +
                   series.Candles() + ") GROUP BY 1 ORDER BY min(m)");
  }

  void AddBatch(std::string_view name, const Batch& batch, bool exact) {
    AppendJsonString(name, &out_);
    out_ += ':';
    AppendEmbedded(batch, exact, &out_);
    out_ += ",\n";
  }

  Status AddErrors(const ReportSeries& series) {
    const std::string where = series.Forecasts();
    TM_ASSIGN(const Batch models,
              session_.Fetch("SELECT DISTINCT model FROM scores WHERE " + where +
                             " AND model <> 'persistence' ORDER BY model"));
    Batch daily(DailySchema()), deciles(DecilesSchema()), months(RankIcSchema()),
        hours(RankIcSchema());
    ThreadPool threads(AvailableProcessors());
    for (size_t i = 0; i < models.rows; ++i) {
      const std::string& model = models["model"].strings.At(i);
      TM_ASSIGN(const ScoredForecasts rows,
                ReadScoredForecasts(
                    session_, fmt::format("{} AND model = {} AND epoch_us(target_time) - "
                                          "epoch_us(time) <= {}",
                                          where, SqlQuoted(model), options_.max_target_span_us)));
      AddDaily(rows, model, &daily);
      // Drift says the same all month: its order of predictions means nothing.
      if (model == "drift") continue;
      AddDeciles(rows, model, &deciles);
      AddRankIcByMonth(rows, model, threads, &months);
      AddRankIcByHour(rows, model, threads, &hours);
    }
    AddBatch("daily", daily, false);
    AddBatch("deciles", deciles, true);
    AddBatch("ic_month", months, false);
    AddBatch("ic_hour", hours, false);
    return Add("coverage",
               "SELECT model, period, n, n_effective, coverage FROM scores WHERE " + where +
                   " AND basis = 'recomputed' AND bucket = 'all' AND length(period) = 7 "
                   "AND coverage IS NOT NULL AND model NOT IN ('persistence', 'drift') "
                   "ORDER BY model, period");
  }

  // What was said while live against what today's rows would have said, on the same rows.
  Status AddRevisionBias(const ReportSeries& series) {
    return Add(
        "revision_bias",
        fmt::format("SELECT model, n, issued, recomputed, issued - recomputed AS difference FROM "
                    "(SELECT model, count(*) AS n, sum(abs(o.actual - i.prediction)) / "
                    "nullif(sum(abs(o.actual)), 0) AS issued, sum(abs(o.actual - f.prediction)) / "
                    "nullif(sum(abs(o.actual)), 0) AS recomputed FROM (SELECT time, model, "
                    "prediction FROM issued WHERE {0}) i JOIN (SELECT time, model, prediction FROM "
                    "forecasts WHERE {0}) f USING (time, model) JOIN (SELECT time, model, actual "
                    "FROM outcomes WHERE {0} AND epoch_us(target_time) - epoch_us(time) <= {1}) o "
                    "USING (time, model) WHERE model <> 'persistence' GROUP BY model) "
                    "ORDER BY model",
                    series.Forecasts(), options_.max_target_span_us),
        true);
  }

  Status AddForecasts(const ReportSeries& series) {
    const std::string where = series.Forecasts();
    TM_TRY(AddErrors(series));
    TM_TRY(AddRevisionBias(series));
    const std::string week = fmt::format("make_timestamptz({})", series.last_us - kMicrosPerWeek);
    TM_TRY(
        Add("band",
            fmt::format("SELECT model, t, price, lower, upper FROM (SELECT f.model, "
                        "epoch_us(o.target_time) // 1000000 AS t, f.price, f.lower, f.upper, "
                        "row_number() OVER (PARTITION BY f.model, epoch_us(o.target_time) // {2} "
                        "ORDER BY f.time DESC) AS k FROM (SELECT * FROM forecasts WHERE {0} "
                        "AND time >= {1} AND model NOT IN ('persistence', 'drift')) f "
                        "JOIN (SELECT * FROM outcomes WHERE {0} AND time >= {1}) o "
                        "ON f.time = o.time AND f.model = o.model) "
                        "WHERE k = 1 ORDER BY model, t",
                        where, week, kMicrosPerWeek / recent_rows_)));
    return Add("latest",
               fmt::format("SELECT model, max(time) AS time, arg_max(prediction, time) AS "
                           "prediction, arg_max(price, time) AS price, arg_max(lower, time) AS "
                           "lower, arg_max(upper, time) AS upper FROM forecasts WHERE {} "
                           "AND time >= {} GROUP BY model ORDER BY model",
                           where, week),
               true);
  }

  Status AddWhole() {
    TM_TRY(Add("ledger",
               "SELECT source, count(*) AS epochs, sum(read)::BIGINT AS read, "
               "sum(\"new\")::BIGINT AS \"new\", sum(revised)::BIGINT AS revised, "
               "sum(duplicate)::BIGINT AS duplicate, sum(rejected)::BIGINT AS rejected, "
               "sum(placeholder)::BIGINT AS placeholder, sum(bytes)::BIGINT AS bytes, "
               "max(received_at) AS last_read FROM ledger GROUP BY source ORDER BY source",
               true));
    TM_TRY(
        Add("totals",
            "SELECT coalesce(sum(read), 0)::BIGINT AS read, coalesce(sum(\"new\"), 0)::BIGINT AS "
            "\"new\", coalesce(sum(revised), 0)::BIGINT AS revised, coalesce(sum(duplicate), "
            "0)::BIGINT AS duplicate, coalesce(sum(rejected), 0)::BIGINT AS rejected, "
            "coalesce(sum(placeholder), 0)::BIGINT AS placeholder FROM ledger",
            true));
    TM_TRY(Add("reject_reasons",
               "SELECT source, reason, count(*) AS rows FROM rejects "
               "GROUP BY ALL ORDER BY rows DESC, source, reason LIMIT 200"));
    TM_TRY(Add("reject_examples",
               "SELECT reason, source, line, position, message, bytes[1:200] AS bytes FROM (SELECT "
               "*, row_number() OVER (PARTITION BY reason ORDER BY source, position) AS k "
               "FROM rejects) WHERE k <= 3 ORDER BY reason, k LIMIT 100"));
    TM_TRY(Add("revision_counts",
               "SELECT venue, symbol, interval, source, count(*) AS superseded FROM revisions "
               "GROUP BY ALL ORDER BY superseded DESC, symbol, source LIMIT 200"));
    return Add("revision_examples",
               "SELECT r.venue, r.symbol, r.open_time, r.revision, r.close AS close_before, "
               "v.close AS close_now, r.volume AS volume_before, v.volume AS volume_now, "
               "r.received_at FROM (SELECT * FROM revisions ORDER BY received_at DESC, "
               "open_time DESC, venue, symbol LIMIT 30) r LEFT JOIN vendor_candles v USING (venue, "
               "symbol, interval, open_time) ORDER BY r.received_at DESC, r.open_time DESC, "
               "r.venue, r.symbol",
               true);
  }

  SqlSession& session_;
  const ReportOptions& options_;
  const int price_buckets_;
  const int recent_rows_;
  std::vector<ReportSeries> series_;
  size_t series_total_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> CollectReportData(SqlSession& session, const ReportOptions& options,
                                      int price_buckets, int recent_rows) {
  return Collector(session, options, price_buckets, recent_rows).Run();
}

}  // namespace tidemark
