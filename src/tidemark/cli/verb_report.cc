// tidemark report: one self-contained HTML page.

#include <fmt/format.h>

#include "tidemark/base/clock.h"
#include "tidemark/base/file.h"
#include "tidemark/cli/cli.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/digest.h"
#include "tidemark/pipeline/evaluate.h"
#include "tidemark/query/lake_sql.h"
#include "tidemark/query/report/report.h"

namespace tidemark {
namespace {

struct ReportFlags {
  std::string output = "report.html";
  std::string title = "Tidemark report";
  bool null_market = false;
  bool study = false;
  bool digests = false;
};

// A command that makes the same lake from the same sources.
std::string CommandOf(const Config& config) {
  std::string command = "tidemark run";
  for (const SourceConfig& source : config.sources) {
    for (const std::string& path : source.paths) command += " " + path;
  }
  return command + " --lake " + config.lake;
}

Result<Outcome> WriteReport(Cli& cli, const ReportFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  TM_ASSIGN(const Selection selection, cli.ReadSelection());
  TM_ASSIGN(const PinnedLake lake, PinLake(config, selection.as_of));
  ReportOptions options;
  options.title = flags.title;
  options.lake = lake.lake->uri();
  options.epoch = lake.view.epoch();
  options.version = TIDEMARK_VERSION;
  const EventTime now{SystemClock().Now().us / kMicrosPerMinute * kMicrosPerMinute};
  options.generated_at = ShortTime(now.us) + " UTC";
  options.command = CommandOf(config);
  options.config_toml = PrintConfig(config);
  options.max_target_span_us = config.max_target_span_us;
  if (flags.digests) {
    TM_ASSIGN(const std::vector<Digest> digests, Digests(config, std::nullopt));
    for (const Digest& d : digests) {
      options.digests.emplace_back(d.series.empty() ? d.table : d.table + " " + d.series,
                                   fmt::format("{} rows, {}", GroupDigits(d.rows), d.sha256));
    }
  }
  if (flags.null_market) {
    NullMarketRequest request;
    request.progress = &cli.progress();
    TM_ASSIGN(options.null_market_json, NullMarketJson(config, request));
  }
  if (flags.study) {
    StudyRequest request;
    request.progress = &cli.progress();
    TM_ASSIGN(options.study_json, StudyJson(config, request));
  }
  cli.progress().End();
  TM_ASSIGN(const auto session, OpenLakeSql(lake.view, SqlOptions{.threads = config.threads,
                                                                  .memory_limit = {},
                                                                  .parquet_path = {}}));
  TM_ASSIGN(const std::string page, RenderReport(*session, options));
  if (flags.output == "-") {
    cli.Print(page);
    return Outcome::kDone;
  }
  TM_TRY(WriteFileSynced(flags.output, page));
  if (cli.json()) {
    cli.PrintJson(JsonValue::Object{{"file", flags.output},
                                    {"bytes", static_cast<int64_t>(page.size())},
                                    {"epoch", options.epoch}});
  } else {
    cli.Print(fmt::format("wrote {} ({}), epoch {}; open it in a browser\n", flags.output,
                          ByteCount(static_cast<int64_t>(page.size())), options.epoch));
  }
  return Outcome::kDone;
}

}  // namespace

void AddReportVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "report",
       .summary = "one self-contained HTML page with charts",
       .description =
           "What came in, what was forecast, how far to trust it: a page that needs no network and "
           "can be "
           "mailed. The null market and the study take a while and are only in it when asked for.",
       .examples = {"tidemark report --lake lake -o report.html",
                    "tidemark report --lake lake --null-market --study --digests -o report.html"},
       .kind = VerbKind::kPinned},
      WriteReport);
  app.Add("-o,--output", flags.output, "The file to write; - prints it")
      .TypeName("FILE")
      .ShowDefault();
  app.Add("--title", flags.title, "Title of the page").TypeName("TEXT").ShowDefault();
  app.AddFlag("--null-market", flags.null_market, "With the null market and its controls");
  app.AddFlag("--study", flags.study, "With the original study's figures");
  app.AddFlag("--digests", flags.digests, "With the digests of all tables");
}

}  // namespace tidemark
