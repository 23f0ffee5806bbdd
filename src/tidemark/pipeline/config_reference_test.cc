#include "tidemark/pipeline/config_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemark/base/json_text.h"
#include "tidemark/pipeline/config_keys.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

TEST(ConfigReference, TemplateLoadsToTheConfigItWasMadeFrom) {
  Config config;
  config.lake = "my lake";
  SourceConfig source;
  source.paths = {"ltcusd.csv", "more/*.json"};
  source.options.venue = "bitfinex";
  config.sources = {source, source};
  const auto loaded = ParseConfig(ConfigTemplate(config), "tidemark.toml");
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(PrintConfig(*loaded), PrintConfig(config));
}

TEST(ConfigReference, TemplateNamesEveryKey) {
  Config config;
  config.sources.resize(1);
  config.sources[0].paths = {"a"};
  const std::string text = ConfigTemplate(config);
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_THAT(
        text,
        HasSubstr("\n" + std::string(key.key == "source.paths" || key.key == "lake" ? "" : "# ") +
                  std::string(key.name()) + " = "))
        << key.key;
  }
}

TEST(ConfigReference, EveryKeyIsExplainedInThePageAndTheSchema) {
  const std::string page = ConfigReferenceMarkdown();
  const std::string schema = ConfigJsonSchema();
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_FALSE(key.help.empty()) << key.key;
    EXPECT_FALSE(key.example.empty()) << key.key;
    EXPECT_THAT(page, HasSubstr("| `" + std::string(key.name()) + "` |"));
    EXPECT_THAT(schema, HasSubstr(JsonString(key.name()) + ": {"));
  }
}

}  // namespace
}  // namespace tidemark
