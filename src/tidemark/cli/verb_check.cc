// tidemark check: configuration, sources and credentials; look-ahead and warm-up of features.

#include <algorithm>

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/check_features.h"
#include "tidemark/pipeline/check_sources.h"
#include "tidemark/pipeline/config_reference.h"

namespace tidemark {
namespace {

struct CheckOptions {
  std::string what;
  bool schema = false;
};

JsonValue TextList(const std::vector<std::string>& texts) {
  return JsonValue(JsonValue::Array(texts.begin(), texts.end()));
}

Result<Outcome> CheckFeatures(Cli& cli, const Config& config, bool lookahead) {
  TM_ASSIGN(const CheckReport report, lookahead ? CheckLookahead(config) : CheckWarmup(config));
  const Outcome outcome = report.ok() ? Outcome::kDone : Outcome::kCheckFailed;
  if (cli.json()) {
    cli.PrintJson(JsonValue::Object{{"check", lookahead ? "lookahead" : "warmup"},
                                    {"ok", report.ok()},
                                    {"features", report.features},
                                    {"rows", report.rows},
                                    {"values_compared", report.compared},
                                    {"series", TextList(report.series)},
                                    {"findings", TextList(report.findings)}});
    return outcome;
  }
  std::string text;
  for (const std::string& finding : report.findings) text += "failed: " + finding + "\n";
  for (const std::string& series : report.series) text += "checked on " + series + "\n";
  text += fmt::format("{}: {} features, {} rows, {} values compared; {}\n",
                      lookahead ? "look-ahead" : "warm-up", report.features,
                      GroupDigits(report.rows), GroupDigits(report.compared),
                      report.ok() ? (lookahead ? "none sees the future" : "all as claimed")
                                  : fmt::format("{} failed", report.findings.size()));
  cli.Print(text);
  return outcome;
}

JsonValue JsonOf(const SourceCheck& check) {
  JsonValue::Array files;
  for (const FileCheck& file : check.looked_at) {
    files.push_back(JsonValue::Object{
        {"uri", file.uri},
        {"bytes", file.bytes},
        {"series", file.series},
        {"first_time", file.series.empty() ? JsonValue() : JsonValue(FormatTime(file.first_time))},
        {"problem", file.problem.empty() ? JsonValue() : JsonValue(file.problem)}});
  }
  return JsonValue::Object{
      {"source", check.name},
      {"ok", check.ok()},
      {"files", check.files},
      {"bytes", check.bytes},
      {"problem", check.problem.empty() ? JsonValue() : JsonValue(check.problem)},
      {"looked_at", JsonValue(std::move(files))}};
}

std::string TextOf(const SourceCheck& check) {
  std::string text = check.feed ? fmt::format("source {}: not connected to\n", check.name)
                                : fmt::format("source {}: {} file{}, {}\n", check.name, check.files,
                                              check.files == 1 ? "" : "s", ByteCount(check.bytes));
  if (!check.problem.empty()) text += "  problem: " + check.problem + "\n";
  for (const FileCheck& file : check.looked_at) {
    text += file.problem.empty() ? fmt::format("  {}: {}, from {}\n", file.uri, file.series,
                                               ShortTime(file.first_time.us))
                                 : fmt::format("  {}: problem: {}\n", file.uri, file.problem);
  }
  if (check.files > static_cast<int64_t>(check.looked_at.size()) && check.problem.empty()) {
    text += fmt::format("  … and {} more\n",
                        check.files - static_cast<int64_t>(check.looked_at.size()));
  }
  return text;
}

Result<Outcome> Check(Cli& cli, const CheckOptions& options) {
  if (options.schema) {
    cli.Print(ConfigJsonSchema());
    return Outcome::kDone;
  }
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  if (!options.what.empty()) return CheckFeatures(cli, config, options.what == "lookahead");
  const auto sources = CheckSources(config);
  const bool ok = std::ranges::all_of(sources, &SourceCheck::ok);
  if (cli.json()) {
    JsonValue::Array list;
    for (const SourceCheck& source : sources) list.push_back(JsonOf(source));
    cli.PrintJson(JsonValue::Object{{"ok", ok},
                                    {"lake", config.lake},
                                    {"features", static_cast<int64_t>(config.features.size())},
                                    {"models", TextList(config.models)},
                                    {"sources", JsonValue(std::move(list))}});
  } else {
    std::string text =
        fmt::format("configuration: right; lake {}, {} features, models {}\n", config.lake,
                    config.features.size(), fmt::join(config.models, ", "));
    for (const SourceCheck& source : sources) text += TextOf(source);
    if (sources.empty())
      text += "no sources configured; name files to `tidemark run`, or `tidemark init FILE`\n";
    cli.Print(text);
  }
  return ok ? Outcome::kDone : Outcome::kCheckFailed;
}

}  // namespace

void AddCheckVerb(Cli& cli) {
  auto [app, options] = cli.AddVerb(
      {.name = "check",
       .summary = "validate configuration, sources and credentials without changing anything",
       .description =
           "Without a word after it: reads the configuration, finds the sources' files and looks "
           "into the first of each. `check lookahead` recomputes every feature from data cut off "
           "at some 2,000 times and compares bits; `check warmup` compares each feature's first "
           "value with what the catalogue claims. Both take the features that the configuration "
           "names, else those of the lake. Exit 1 when something is wrong.",
       .examples = {"tidemark check -c tidemark.toml", "tidemark check lookahead --lake lake"}},
      Check);
  app.Add("WHAT", options.what, "lookahead or warmup; without: configuration and sources")
      .OneOf({"lookahead", "warmup"});
  app.AddFlag("--schema", options.schema, "Print the JSON Schema of tidemark.toml");
}

}  // namespace tidemark
