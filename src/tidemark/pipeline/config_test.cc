#include "tidemark/pipeline/config.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemark/base/file.h"
#include "tidemark/pipeline/config_keys.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string ErrorOf(std::string_view toml, const std::vector<std::string>& flags = {}) {
  const auto config = ParseConfig(toml, "t.toml", flags);
  if (config) return "no error";
  EXPECT_EQ(config.error().code(), ErrorCode::kInvalidArgument);
  return config.error().message();
}

TEST(Config, EmptyTextIsAllDefaults) {
  const auto config = ParseConfig("", "");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->lake, "lake");
  EXPECT_EQ(config->intervals.size(), 7u);
  EXPECT_EQ(config->features, DefaultFeatureSpecs());
  EXPECT_THAT(config->models, ElementsAre("persistence", "drift", "linear", "tree"));
  EXPECT_EQ(config->train_window_us, 365 * kMicrosPerDay);
  EXPECT_EQ(PrintConfig(*config), PrintConfig(Config{}));
}

TEST(Config, EveryKeyIsReadFromItsExample) {
  ASSERT_EQ(setenv("MY_S3_KEY", "key", 1), 0);
  ASSERT_EQ(setenv("MY_S3_SECRET", "secret", 1), 0);
  for (const ConfigKey& key : ConfigKeys()) {
    std::string toml;
    if (key.of_source()) {
      toml = "[[source]]\npaths = [\"a.csv\"]\n";
      if (key.key == "source.paths") toml = "[[source]]\n";
      if (key.key == "source.feed") toml = "[[source]]\nsymbols = [\"BTC-USDT\"]\n";
    } else if (!key.section().empty()) {
      toml = "[" + std::string(key.section()) + "]\n";
    }
    toml += std::string(key.name()) + " = " + std::string(key.example) + "\n";
    if (key.key == "features.enabled") toml += "[forecasts]\nenabled = false\n";
    const auto config = ParseConfig(toml, "t.toml");
    EXPECT_TRUE(config) << key.key << ": " << config.error().message();
  }
}

TEST(Config, PrintedConfigLoadsBackToTheSame) {
  const auto config = ParseConfig(R"(
lake = "s3://b/p$$x"
threads = 3
memory_limit = 123456789
seed = 42
[s3]
endpoint = "http://127.0.0.1:9000"
access_key = "a"
secret_key = "s"
[candles]
intervals = ["1h", "1mo"]
[forecasts]
horizons = [10, "45m"]
train_window = "90d"
[rejects]
limit = 0.125
[[source]]
paths = ["/x/\"q\" \u00e9.csv"]
symbol = "ltcusd"
interval = "5m"
time_is = "close"
columns = { time = "a b", volume = "v" }
[[source]]
paths = ["/y.csv"]
rank = -3
)",
                                  "t.toml");
  ASSERT_TRUE(config) << config.error().message();
  const std::string printed = PrintConfig(*config, Secrets::kShow);
  const auto again = ParseConfig(printed, "again.toml");
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(PrintConfig(*again, Secrets::kShow), printed);
  EXPECT_EQ(again->lake, "s3://b/p$x");
  EXPECT_EQ(again->s3.secret_key, "s");
  EXPECT_EQ(again->memory_limit_bytes, 123456789);
  ASSERT_EQ(again->sources.size(), 2u);
  EXPECT_EQ(again->sources[0].options.symbol->text(), "LTC-USD");
  EXPECT_EQ(again->sources[0].options.columns.at("time"), "a b");
  EXPECT_EQ(again->sources[1].rank, -3);
}

TEST(Config, BarsAreOfTradesVolumeOrMoney) {
  const auto config = ParseConfig("[candles]\nbars = [\"tick_100\", \"dollar_1e6\"]\n", "t.toml");
  ASSERT_TRUE(config) << config.error().message();
  ASSERT_EQ(config->bars.size(), 2u);
  EXPECT_THAT(PrintConfig(*config), HasSubstr("bars = [\"tick_100\", \"dollar_1000000\"]"));
  EXPECT_THAT(ErrorOf("[candles]\nbars = [\"1h\"]\n"), HasSubstr("candles.intervals"));
  EXPECT_THAT(ErrorOf("[candles]\nbars = [\"bar_1\"]\n"), HasSubstr("'bar_1' is not a bar"));
  EXPECT_THAT(ErrorOf("[candles]\nbars = [\"tick_100\", \"tick_1e2\"]\n"), HasSubstr("twice"));
}

TEST(Config, SecretsAreNotPrintedUnlessAskedFor) {
  Config config;
  config.s3.secret_key = "hush";
  EXPECT_THAT(PrintConfig(config), testing::Not(HasSubstr("hush")));
  EXPECT_THAT(PrintConfig(config), HasSubstr("# secret_key is set and not shown"));
  EXPECT_TRUE(ParseConfig(PrintConfig(config), "x"));
}

TEST(Config, AlphaVantageTakesCandlesAndItsKeyIsASecret) {
  const std::string source = "[[source]]\nfeed = \"alphavantage\"\nsymbols = [\"BTC-EUR\"]\n";
  EXPECT_THAT(ErrorOf(source), HasSubstr("alphavantage has no trades; write for example candles"));
  EXPECT_THAT(ErrorOf(source + "candles = [\"1d\"]\nrequests_per_day = 0\n"),
              HasSubstr("source.requests_per_day"));
  const auto config = ParseConfig(
      source + "candles = [\"5m\", \"1d\"]\napi_key = \"HUSH1\"\nrequests_per_minute = 75\n",
      "t.toml");
  ASSERT_TRUE(config) << config.error().message();
  const FeedConfig& feed = config->sources[0].feed;
  EXPECT_EQ(feed.api_key, "HUSH1");
  EXPECT_EQ(feed.requests_per_minute, 75);
  EXPECT_EQ(feed.requests_per_day, 25);
  EXPECT_THAT(PrintConfig(*config), testing::Not(HasSubstr("HUSH1")));
  EXPECT_TRUE(ParseConfig(source + "exchange_rates = true\n", "t.toml"));
  EXPECT_THAT(ErrorOf(source + "exchange_rates = true\nsince = \"2024-01-31\"\n"),
              HasSubstr("alphavantage tells all that it has, and takes no since"));
}

TEST(Config, UnknownKeyNamesThePlaceAndTheNearestKey) {
  EXPECT_EQ(ErrorOf("lake = \"x\"\n[forecasts]\n  train_windw = \"90d\"\n"),
            "t.toml:3:3: unknown key 'forecasts.train_windw'; did you mean "
            "'forecasts.train_window'?");
  EXPECT_EQ(ErrorOf("intervals = [\"1h\"]\n"),
            "t.toml:1:1: unknown key 'intervals'; did you mean 'candles.intervals'?");
  EXPECT_THAT(ErrorOf("[[source]]\npaths=[\"a\"]\nsimbol=\"LTC-USD\"\n"),
              HasSubstr("t.toml:3:1: unknown key 'source.simbol'; did you mean 'source.symbol'?"));
}

TEST(Config, WrongValuesNameThePlaceAndAnExample) {
  EXPECT_EQ(ErrorOf("threads = \"two\"\n"),
            "t.toml:1:11: threads: must be a whole number; write for example 2");
  EXPECT_EQ(ErrorOf("threads = -1\n"), "t.toml:1:11: threads: must be 0 to 1024");
  EXPECT_EQ(ErrorOf("[forecasts]\ntrain_window = \"365 days\"\n"),
            "t.toml:2:16: forecasts.train_window: \"365 days\" is not a duration; write for "
            "example \"180d\"");
  EXPECT_THAT(ErrorOf("[forecasts]\nmodels = [\"liner\"]\n"),
              HasSubstr("did you mean \"linear\"?"));
  EXPECT_THAT(ErrorOf("memory_limit = \"lots\""), HasSubstr("t.toml:1:16: memory_limit:"));
  EXPECT_THAT(ErrorOf("[candles]\nintervals = [\"7m\"]\n"), HasSubstr("t.toml:2:13:"));
  EXPECT_THAT(ErrorOf("lake = \n"), HasSubstr("t.toml:1:"));
}

TEST(Config, AllErrorsAreReportedTogether) {
  const std::string message = ErrorOf("threads = -1\nsed = 3\n[tree]\ndepth = 99\n");
  EXPECT_THAT(message, HasSubstr("t.toml:1:11"));
  EXPECT_THAT(message, HasSubstr("t.toml:2:1"));
  EXPECT_THAT(message, HasSubstr("t.toml:4:9"));
}

TEST(Config, UnknownFeatureIsNamed) {
  EXPECT_THAT(ErrorOf("[features]\nnames = [\"log_return_1\", \"bogus_7\"]\n"),
              HasSubstr("bogus_7"));
}

TEST(Config, SourceWithoutPathsIsRefusedWithItsPlace) {
  EXPECT_THAT(ErrorOf("lake = \"x\"\n\n[[source]]\nvenue = \"x\"\n"),
              HasSubstr("t.toml:3:1: this [[source]] has no paths"));
  EXPECT_THAT(ErrorOf("[source]\npaths = [\"x\"]\n"), HasSubstr("with two brackets"));
}

TEST(Config, ForecastsNeedFeatures) {
  EXPECT_THAT(ErrorOf("[features]\nenabled = false\n"), HasSubstr("forecasts.enabled"));
}

TEST(Config, EnvironmentIsReplacedInStrings) {
  ASSERT_EQ(setenv("TM_TEST_LAKE", "/data/lake", 1), 0);
  ASSERT_EQ(unsetenv("TM_TEST_ABSENT"), 0);
  EXPECT_EQ(ParseConfig("lake = \"${TM_TEST_LAKE}/x\"", "")->lake, "/data/lake/x");
  EXPECT_EQ(ParseConfig("lake = \"${TM_TEST_ABSENT:-/other}\"", "")->lake, "/other");
  EXPECT_EQ(ParseConfig("lake = \"a$$b$c\"", "")->lake, "a$b$c");
  EXPECT_THAT(ErrorOf("lake = \"${TM_TEST_ABSENT}\""),
              HasSubstr("t.toml:1:8: lake: the environment has no TM_TEST_ABSENT"));
  EXPECT_THAT(ErrorOf("lake = \"${TM_TEST\""), HasSubstr("without '}'"));
}

TEST(Config, RelativePathsStartAtTheConfigurationsFolder) {
  const std::string toml =
      "lake = \"lake\"\n[[source]]\npaths = [\"a.csv\", \"/b.csv\", \"s3://c/d\"]";
  const auto config = ParseConfig(toml, "conf/t.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->lake, "conf/lake");
  EXPECT_THAT(config->sources[0].paths, ElementsAre("conf/a.csv", "/b.csv", "s3://c/d"));
  EXPECT_EQ(ParseConfig(toml, "conf/t.toml", {"lake=here"})->lake, "here");
}

TEST(Config, SetFlagsNeedNoQuotes) {
  const auto config = ParseConfig(
      "[[source]]\npaths = [\"a.csv\"]\n", "t.toml",
      {"seed=7", "lake=my lake", "candles.intervals=1h,1d", "forecasts.train_window=180d",
       "forecasts.horizons=[30, \"1h\"]", "source.venue=bitfinex", "features.enabled=true"});
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->seed, 7u);
  EXPECT_EQ(config->lake, "my lake");
  EXPECT_EQ(config->intervals.size(), 2u);
  EXPECT_EQ(config->train_window_us, 180 * kMicrosPerDay);
  EXPECT_EQ(config->horizons[1].ToString(), "1h");
  EXPECT_EQ(config->sources[0].options.venue, "bitfinex");
}

TEST(Config, ADurationMayBeNoneWhereItsRangeHasIt) {
  for (const char* none : {"0d", "0s"}) {
    const auto config = ParseConfig("", "", {std::string("live.idle=") + none});
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->idle_us, 0);
    EXPECT_EQ(ParseConfig(PrintConfig(*config), "")->idle_us, 0) << "as it is printed";
  }
  EXPECT_THAT(ErrorOf("", {"live.epoch=0s"}), HasSubstr("live.epoch"));
  EXPECT_THAT(ErrorOf("", {"forecasts.train_window=0d"}), HasSubstr("train_window"));
}

TEST(Config, WrongSetFlagsNameTheFlag) {
  EXPECT_THAT(ErrorOf("", {"sead=7"}), HasSubstr("--set sead=7: unknown key 'sead'; did you mean"));
  EXPECT_THAT(ErrorOf("", {"seed"}), HasSubstr("write key=value"));
  EXPECT_THAT(ErrorOf("", {"seed=x"}), HasSubstr("--set seed=x"));
  EXPECT_THAT(ErrorOf("[[source]]\npaths = [\"a.csv\"]\n", {"source.paths=[]"}),
              HasSubstr("source.paths"));
  EXPECT_THAT(ErrorOf("", {"tree.depth=40"}), HasSubstr("--set: tree.depth: must be 1 to 16"));
}

TEST(Config, PersistenceIsAlwaysAmongTheModels) {
  const auto config = ParseConfig("[forecasts]\nmodels = [\"tree\"]\n", "t.toml");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->models, ElementsAre("persistence", "tree"));
}

TEST(Config, MissingFileSaysHowToWriteOne) {
  const auto config = LoadConfig("/nowhere/t.toml", {});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(config.error().message(), HasSubstr("tidemark init"));
}

TEST(ConfigValue, ByteSizesRoundTrip) {
  for (const int64_t bytes : {int64_t{1}, int64_t{1500}, int64_t{2'000'000}, int64_t{1} << 30,
                              int64_t{3} << 20, int64_t{123456789}}) {
    EXPECT_EQ(*ParseByteSize(FormatByteSize(bytes)), bytes) << FormatByteSize(bytes);
  }
  EXPECT_EQ(*ParseByteSize("1.5 GiB"), (int64_t{3} << 29));
  EXPECT_FALSE(ParseByteSize("1.5 gigs"));
  EXPECT_FALSE(ParseByteSize("-1MB"));
}

}  // namespace
}  // namespace tidemark
