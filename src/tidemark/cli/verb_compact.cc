// tidemark compact, tidemark vacuum: a tidy lake.

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/upkeep.h"

namespace tidemark {
namespace {

constexpr size_t kFilesShown = 20;

struct VacuumFlags {
  std::string keep = "7d";
  bool dry_run = false;
};

Result<Outcome> CompactVerb(Cli& cli) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  TM_ASSIGN(const CompactReport report, CompactLake(config));
  if (cli.json()) {
    cli.PrintJson(JsonValue::Object{{"epoch", report.epoch},
                                    {"files_before", report.files.files_before},
                                    {"files_after", report.files.files_after},
                                    {"rows", report.files.rows},
                                    {"bytes_before", report.files.bytes_before}});
  } else if (report.files.files_before == 0) {
    cli.Print(fmt::format("nothing to compact at epoch {}\n", report.epoch));
  } else {
    cli.Print(fmt::format(
        "{} files became {}, {} rows; epoch {}\n", GroupDigits(report.files.files_before),
        GroupDigits(report.files.files_after), GroupDigits(report.files.rows), report.epoch));
  }
  return Outcome::kDone;
}

Result<Outcome> VacuumVerb(Cli& cli, const VacuumFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  int64_t keep_us = 0;
  if (flags.keep != "0") {
    const auto keep = ParseDuration(flags.keep);
    if (!keep) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("--keep '{}' is not a duration; write for example 7d, or 0", flags.keep));
    }
    keep_us = *keep;
  }
  TM_ASSIGN(const VacuumReport report, VacuumLake(config, keep_us, flags.dry_run));
  if (cli.json()) {
    cli.PrintJson(JsonValue::Object{
        {"dry_run", flags.dry_run},
        {"bytes", report.bytes},
        {"oldest_epoch", report.oldest_epoch},
        {"pinned_readers", report.pinned_readers},
        {"files", JsonValue(JsonValue::Array(report.keys.begin(), report.keys.end()))}});
    return Outcome::kDone;
  }
  std::string text;
  if (flags.dry_run) {
    for (size_t i = 0; i < report.keys.size() && i < kFilesShown; ++i)
      text += "  " + report.keys[i] + "\n";
    if (report.keys.size() > kFilesShown)
      text += fmt::format("  … and {} more (--json lists all)\n", report.keys.size() - kFilesShown);
  }
  text += fmt::format("{} {} files, {}; epochs from {} on stay readable{}\n",
                      flags.dry_run ? "would delete" : "deleted",
                      GroupDigits(static_cast<int64_t>(report.keys.size())),
                      ByteCount(report.bytes), report.oldest_epoch,
                      report.pinned_readers == 0
                          ? ""
                          : fmt::format("; {} reader{} at work", report.pinned_readers,
                                        report.pinned_readers == 1 ? "" : "s"));
  cli.Print(text);
  return Outcome::kDone;
}

}  // namespace

void AddCompactVerb(Cli& cli) {
  cli.AddVerb(
      {.name = "compact",
       .summary = "merge small files of the lake",
       .description = "Rewrites small and mixed files as one file per series and month or year, as "
                      "an epoch of its own. Rows and digests stay the same; readers are not "
                      "disturbed. The old files go with the next vacuum.",
       .examples = {"tidemark compact --lake lake", "tidemark compact -c tidemark.toml --json"}},
      CompactVerb);
}

void AddVacuumVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "vacuum",
       .summary = "delete files no epoch needs any more",
       .description =
           "Deletes data files, logs and epoch records that neither an epoch of the time kept nor "
           "a reader needs. --as-of reaches back no further afterwards.",
       .examples = {"tidemark vacuum --lake lake --dry-run",
                    "tidemark vacuum --lake lake --keep 30d"}},
      VacuumVerb);
  app.Add("--keep", flags.keep, "Epochs of this long stay readable; 0 keeps the latest only")
      .TypeName("LENGTH")
      .ShowDefault();
  app.AddFlag("--dry-run", flags.dry_run, "Only say what would be deleted");
}

}  // namespace tidemark
