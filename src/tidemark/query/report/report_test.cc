#include "tidemark/query/report/report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "tidemark/base/file.h"
#include "tidemark/base/math.h"
#include "tidemark/market/tables.h"
#include "tidemark/query/report/report_embed.h"
#include "tidemark/query/report/report_stats.h"

namespace tidemark {
namespace {

// A small lake: two series of candles, and forecasts, outcomes, scores and models of the first.
class ReportTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = *MakeTemporaryDirectory("tidemark-report"); }
  void TearDown() override { EXPECT_TRUE(RemoveTree(folder_)); }

  void Write(const std::string& table, const std::string& file, const std::string& select) {
    const TableSpec spec = SpecOf(table);
    std::string path = folder_ + "/" + table;
    if (!spec.partition_by.empty()) path += "/venue=bitfinex/interval=1m";
    ASSERT_TRUE(MakeDirectories(path));
    SqlOptions options;
    options.parquet_path = path + "/" + file + ".parquet";
    auto session = SqlSession::Open({}, options);
    ASSERT_TRUE(session);
    const auto rows = (*session)->WriteParquet(select);
    ASSERT_TRUE(rows) << rows.error().message();
    files_[table].push_back(options.parquet_path);
  }
  static TableSpec SpecOf(const std::string& name) {
    for (const TableSpec& spec : AllTables({})) {
      if (spec.name == name) return spec;
    }
    return {};
  }

  void WriteSmallLake() {
    const std::string minute = "TIMESTAMPTZ '2019-01-01 00:00:00+00' + INTERVAL 1 MINUTE * ";
    for (const std::string symbol : {"LTC-USD", "ETH-USD"}) {
      Write("vendor_candles", symbol,
            "SELECT '" + symbol + "' AS symbol, " + minute +
                "(i + (i // 1000) * 90) AS open_time, "
                "30 + sin(i / 500.0) AS open, 31 + sin(i / 500.0) AS high, 29 + sin(i / 500.0) AS "
                "low, "
                "30 + sin(i / 500.0) AS close, 1.0::DOUBLE AS volume, 'a.csv' AS source, now() AS "
                "received_at, 0::BIGINT AS revision FROM range(20000) t(i)");
    }
    const std::string each =
        " FROM range(18000) t(i), (VALUES ('persistence', 0.0), ('linear', 0.5)) m(model, k)";
    const std::string actual = "(0.001 * sin(i / 7.0 + 1.0))::DOUBLE";
    Write("forecasts", "f",
          "SELECT 'LTC-USD' AS symbol, " + minute + "i AS time, '30' AS horizon, model, k * " +
              actual + " AS prediction, 30 * exp(k * " + actual +
              ") AS price, 29.9::DOUBLE AS "
              "lower, 30.1::DOUBLE AS upper, 'id' AS model_id" +
              each);
    Write("outcomes", "o",
          "SELECT 'LTC-USD' AS symbol, " + minute + "i AS time, '30' AS horizon, model, " + minute +
              "(i + 30) AS target_time, " + actual + " AS actual, 100 * (1 - exp((k - 1) * " +
              actual + ")) AS error_pct" + each);
    const std::string series =
        "SELECT 'bitfinex' AS venue, 'LTC-USD' AS symbol, '1m' AS interval, ";
    Write("scores", "s",
          series +
              "model, '30' AS horizon, period, 'all' AS bucket, 'recomputed' AS basis, "
              "18000::BIGINT AS n, 600.0::DOUBLE AS n_effective, 0.1::DOUBLE AS mae, 0.1::DOUBLE "
              "AS rmse, 0.1::DOUBLE AS mae_price, 0.1::DOUBLE AS rmse_price, 0.5::DOUBLE AS "
              "relative_mae, 0.5::DOUBLE AS relative_rmse, 0.5::DOUBLE AS mase, 0.52::DOUBLE AS "
              "directional_accuracy, 0.5::DOUBLE AS directional_lower, 0.54::DOUBLE AS "
              "directional_upper, 0.1::DOUBLE AS ic, 0.1::DOUBLE AS rank_ic, 0.1::DOUBLE AS "
              "rank_ic_monthly_mean, 1.0::DOUBLE AS icir, 0.01::DOUBLE AS dm_p_mae, 0.01::DOUBLE "
              "AS dm_p_mse, 0.9::DOUBLE AS coverage, false AS flagged "
              "FROM (VALUES ('persistence'), ('linear')) m(model), (VALUES ('all'), "
              "('2019'), ('2019-01')) p(period)");
    Write("models", "m",
          series +
              "'id' AS model_id, 'linear' AS model, 30::BIGINT AS horizon_rows, NULL::VARCHAR "
              "AS horizon, " +
              minute + "0 AS effective_from, " + minute + "0 AS trained_from, " + minute +
              "0 AS trained_to, 9::BIGINT AS rows, '{}' AS parameters, "
              "'{\"intercept\":0.1,\"rsi_14_rel\":-2e-5}' AS coefficients, NULL::VARCHAR "
              "AS importance");
    Write(
        "rejects", "r",
        "SELECT 'a.csv' AS source, 'h' AS content_hash, 7::BIGINT AS position, 2::BIGINT AS line, "
        "'not_a_number' AS reason, '</script><b>' AS message, '</script>'::BLOB AS bytes, "
        "1::BIGINT AS epoch");
  }

  std::unique_ptr<SqlSession> Open() {
    std::vector<SqlTable> tables;
    for (const TableSpec& spec : AllTables({})) {
      tables.push_back({spec.name, spec.schema, files_[spec.name], spec.partition_by, {}});
    }
    auto session = SqlSession::Open(std::move(tables), {});
    EXPECT_TRUE(session) << session.error().message();
    return std::move(*session);
  }

  std::string folder_;
  std::map<std::string, std::vector<std::string>> files_;
};

// Elements opened and closed outside of scripts and styles, as an HTML parser would see them.
void ExpectBalanced(const std::string& html) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z][a-z0-9]*)([^>]*)>", std::regex::optimize);
  std::string text = html;
  for (const std::string raw : {"script", "style"}) {
    for (size_t at = 0; (at = text.find("<" + raw, at)) != std::string::npos; ++at) {
      const size_t begin = text.find('>', at) + 1;
      const size_t end = text.find("</" + raw + ">", begin);
      ASSERT_NE(end, std::string::npos);
      text.erase(begin, end - begin);
    }
  }
  for (auto it = std::sregex_iterator(text.begin(), text.end(), tag); it != std::sregex_iterator();
       ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || name == "br") continue;
    if ((*it)[1].length() == 0) {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty()) << name;
      EXPECT_EQ(open.back(), name);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST_F(ReportTest, ThePageIsWholeSelfContainedAndHasTwelveSections) {
  WriteSmallLake();
  auto session = Open();
  ReportOptions options;
  options.title = "A <b>title</b> & more";
  options.command = "tidemark run </script>";
  options.null_market_json = "{\"passed\": true}";
  const auto page = RenderReport(*session, options);
  ASSERT_TRUE(page) << page.error().message();
  ExpectBalanced(*page);
  for (const char* id : {"price", "errors", "cumulative", "deciles", "ic", "coverage", "models",
                         "null", "study", "hours", "ledger", "origin"}) {
    EXPECT_NE(page->find("<section id=\"" + std::string(id) + "\">"), std::string::npos) << id;
  }
  EXPECT_LE(page->size(), 3'000'000u);
  // Nothing is fetched: the one address is the name of the SVG namespace.
  for (const char* outside : {"https:", "src=", "@import", "fetch(", "XMLHttpRequest", "url(h"}) {
    EXPECT_EQ(page->find(outside), std::string::npos) << outside;
  }
  const size_t address = page->find("http:");
  EXPECT_EQ(page->compare(address, 26, "http://www.w3.org/2000/svg"), 0);
  EXPECT_EQ(page->find("http:", address + 1), std::string::npos);
  EXPECT_NE(page->find("<title>A &lt;b&gt;title&lt;/b&gt; &amp; more</title>"), std::string::npos);
  // Texts from the data cannot end the script element.
  EXPECT_EQ(page->find("</script><b>"), std::string::npos);
  EXPECT_NE(page->find("\\u003c/script>\\u003cb>"), std::string::npos);
}

TEST_F(ReportTest, TheSameTablesGiveTheSamePage) {
  WriteSmallLake();
  auto first = Open();
  auto second = Open();
  const auto a = RenderReport(*first, {});
  const auto b = RenderReport(*second, {});
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(*a == *b);
}

TEST_F(ReportTest, AnEmptyLakeHasAPage) {
  auto session = Open();
  const auto page = RenderReport(*session, {});
  ASSERT_TRUE(page) << page.error().message();
  ExpectBalanced(*page);
}

TEST_F(ReportTest, CandlesWithoutForecastsHaveAPage) {
  WriteSmallLake();
  for (const char* table : {"forecasts", "outcomes", "scores", "models"}) files_[table].clear();
  auto session = Open();
  const auto page = RenderReport(*session, {});
  ASSERT_TRUE(page) << page.error().message();
}

TEST_F(ReportTest, WhatWasSaidLiveStandsBesideWhatWouldHaveBeenSaid) {
  WriteSmallLake();
  auto plain = Open();
  const auto without = RenderReport(*plain, {});
  Write("issued", "i",
        "SELECT 'LTC-USD' AS symbol, TIMESTAMPTZ '2019-01-01 00:00:00+00' + INTERVAL 1 MINUTE * i "
        "AS time, '30' AS horizon, model, now() AS issued_at, k * 0.001 * sin(i / 7.0 + 1.0) AS "
        "prediction, 'id' AS model_id FROM range(9000, 18000) t(i), (VALUES ('persistence', 0.0), "
        "('linear', 1.0)) m(model, k)");
  auto session = Open();
  const auto page = RenderReport(*session, {});
  ASSERT_TRUE(without && page);
  // Of linear alone: it said the actual return, and would have said half of it.
  const auto bias_of = [](const std::string& html) {
    const size_t at = html.find("\"revision_bias\":");
    return html.substr(at, html.find('\n', at) - at);
  };
  EXPECT_EQ(bias_of(*without).find("linear"), std::string::npos);
  EXPECT_NE(bias_of(*page).find("linear"), std::string::npos) << bias_of(*page);
  EXPECT_EQ(bias_of(*page).find("persistence"), std::string::npos);
}

TEST_F(ReportTest, DetailGivesWayToTheSizeBound) {
  WriteSmallLake();
  auto session = Open();
  ReportOptions options;
  const auto fine = RenderReport(*session, options);
  options.max_bytes = static_cast<int64_t>(fine->size()) * 3 / 4;
  const auto coarse = RenderReport(*session, options);
  ASSERT_TRUE(fine && coarse);
  EXPECT_LT(coarse->size(), fine->size());
}

TEST_F(ReportTest, ScoredForecastsRecoverThePredictionFromTheErrorInPrice) {
  WriteSmallLake();
  auto session = Open();
  const auto rows = ReadScoredForecasts(*session, "model = 'linear'");
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->size(), 18'000u);
  for (size_t i = 0; i < rows->size(); ++i) {
    EXPECT_NEAR(rows->predicted[i], 0.5 * rows->actual[i], 2e-12);
    EXPECT_EQ(rows->target_us[i] - rows->time_us[i], 30 * kMicrosPerMinute);
  }
  Batch daily(DailySchema());
  AddDaily(*rows, "linear", &daily);
  double error = 0, persistence = 0;
  int64_t n = 0;
  for (size_t i = 0; i < daily.rows; ++i) {
    n += daily["n"].ints[i];
    error += daily["e"].doubles[i];
    persistence += daily["e0"].doubles[i];
  }
  EXPECT_EQ(n, 18'000);
  EXPECT_NEAR(error / persistence, 0.5, 1e-8);
  Batch deciles(DecilesSchema());
  AddDeciles(*rows, "linear", &deciles);
  ASSERT_EQ(deciles.rows, 10u);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(deciles["n"].ints[i], 1800);
    EXPECT_NEAR(deciles["actual"].doubles[i], 2 * deciles["predicted"].doubles[i], 1e-9);
  }
  Batch hours(RankIcSchema());
  ThreadPool threads(2);
  AddRankIcByHour(*rows, "linear", threads, &hours);
  EXPECT_EQ(hours.rows, 24u);
  for (const double ic : hours["ic"].doubles) EXPECT_NEAR(ic, 1, 1e-9);
}

TEST(ReportStats, RankCorrelationSharesTheRanksOfTies) {
  // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3.
  EXPECT_NEAR(RankCorrelation({1, 2, 2, 3}, {10, 20, 30, 40}), 4.5 / std::sqrt(4.5 * 5), 1e-15);
  EXPECT_NEAR(RankCorrelation({1, 2, 3}, {3, 2, 1}), -1, 1e-15);
  EXPECT_TRUE(std::isnan(RankCorrelation({1, 1, 1}, {1, 2, 3})));
}

TEST(ReportEmbed, Base64IsAsInRfc4648) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
}

TEST(ReportEmbed, NullsHaveTheirMarks) {
  Batch batch({{{"t", ColumnType::kTime, true},
                {"s", ColumnType::kString, true},
                {"d", ColumnType::kDouble, true}}});
  batch["t"].ints = {kNullInt, 5 * kMicrosPerSecond};
  batch["s"].strings.AppendNull();
  batch["s"].strings.Append("a\"b");
  batch["d"].doubles = {1.5, 2};
  batch.SetRows(2);
  std::string json;
  AppendEmbedded(batch, false, &json);
  EXPECT_EQ(json,
            "{\"n\":2,\"c\":{\"t\":{\"i\":\"AAAAgAUAAAA=\"},"
            "\"s\":{\"s\":[\"a\\\"b\"],\"k\":\"/////wAAAAA=\"},"
            "\"d\":{\"f\":\"AADAPwAAAEA=\"}}}");
}

}  // namespace
}  // namespace tidemark
