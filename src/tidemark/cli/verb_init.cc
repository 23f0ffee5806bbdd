// tidemark init: writes a commented tidemark.toml.

#include <fmt/format.h>

#include "tidemark/base/file.h"
#include "tidemark/cli/cli.h"
#include "tidemark/pipeline/config_reference.h"

namespace tidemark {
namespace {

struct InitOptions {
  std::vector<std::string> files;
  std::string output = "tidemark.toml";
  std::string venue;
  bool force = false;
};

Result<Outcome> Init(Cli& cli, const InitOptions& options) {
  TM_ASSIGN(Config config, cli.LoadConfiguration());
  if (!options.files.empty()) {
    SourceConfig source;
    source.paths = options.files;
    source.options.venue = options.venue;
    config.sources = {source};
  }
  const std::string text = ConfigTemplate(config);
  if (options.output == "-") {
    cli.Print(text);
    return Outcome::kDone;
  }
  if (FileExists(options.output) && !options.force) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} is there already; --force replaces it, -o names another", options.output));
  }
  TM_TRY(WriteFileSynced(options.output, text));
  if (cli.json()) {
    cli.PrintJson(JsonValue::Object{{"file", options.output}});
  } else {
    cli.Print(fmt::format("wrote {0}; next: `tidemark check -c {0}`, `tidemark run -c {0}`\n",
                          options.output));
  }
  return Outcome::kDone;
}

}  // namespace

void AddInitVerb(Cli& cli) {
  auto [app, options] = cli.AddVerb(
      {.name = "init",
       .summary = "write a commented tidemark.toml for the sources named",
       .description = "Writes a configuration with every key explained: what the files named need, "
                      "and the defaults of all else as comments.",
       .examples = {"tidemark init ltcusd.csv ethusd.json --venue bitfinex",
                    "tidemark init 's3://my-bucket/klines/*.zip' -o klines.toml"}},
      Init);
  app.Add("FILE", options.files, "Files, folders, globs, s3:// addresses to read from");
  app.Add("-o,--output", options.output, "Where to write; - prints it")
      .TypeName("FILE")
      .ShowDefault();
  app.Add("--venue", options.venue, "Where the prices come from").TypeName("NAME");
  app.AddFlag("--force", options.force, "Replace a file that is there");
}

}  // namespace tidemark
