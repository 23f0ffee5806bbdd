// tidemark verify: recomputes everything and compares bits; --digest prints checksums of rows.

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/digest.h"
#include "tidemark/pipeline/verify.h"

namespace tidemark {
namespace {

struct VerifyFlags {
  bool digest = false;
  std::string until;
  bool no_sources = false;
};

Result<Outcome> PrintDigests(Cli& cli, const Config& config, std::optional<EventTime> until) {
  TM_ASSIGN(const std::vector<Digest> digests, Digests(config, until));
  if (cli.json()) {
    JsonValue::Array list;
    for (const Digest& d : digests) {
      list.push_back(JsonValue::Object{
          {"table", d.table}, {"series", d.series}, {"rows", d.rows}, {"sha256", d.sha256}});
    }
    cli.PrintJson(JsonValue(std::move(list)));
    return Outcome::kDone;
  }
  TextTable table({{"table"}, {"series"}, {"rows", TextTable::Align::kRight}, {"sha256"}});
  for (const Digest& d : digests) table.AddRow({d.table, d.series, GroupDigits(d.rows), d.sha256});
  cli.Print(table.ToString());
  return Outcome::kDone;
}

Result<Outcome> PrintVerdict(Cli& cli, const Config& config, const VerifyOptions& options) {
  TM_ASSIGN(const VerifyReport report, Verify(config, options));
  cli.progress().End();
  if (cli.json()) {
    JsonValue::Array findings(report.findings.begin(), report.findings.end());
    JsonValue::Array notes(report.notes.begin(), report.notes.end());
    cli.PrintJson(JsonValue::Object{{"ok", report.ok},
                                    {"tables", report.tables},
                                    {"rows_compared", report.rows_compared},
                                    {"files_checked", report.files_checked},
                                    {"sources_checked", report.sources_checked},
                                    {"seconds", report.seconds},
                                    {"findings", JsonValue(std::move(findings))},
                                    {"notes", JsonValue(std::move(notes))}});
  } else {
    std::string text;
    for (const std::string& finding : report.findings) text += "wrong: " + finding + "\n";
    for (const std::string& note : report.notes) text += "note: " + note + "\n";
    text += fmt::format(
        "{}: {} tables recomputed, {} rows compared bit for bit, {} files and {} sources checked "
        "({:.1f} s)\n",
        report.ok ? "all right" : fmt::format("{} wrong", report.findings.size()), report.tables,
        GroupDigits(report.rows_compared), GroupDigits(report.files_checked),
        GroupDigits(report.sources_checked), report.seconds);
    cli.Print(text);
  }
  return report.ok ? Outcome::kDone : Outcome::kCheckFailed;
}

Result<Outcome> RunVerify(Cli& cli, const VerifyFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  std::optional<EventTime> until;
  if (!flags.until.empty()) {
    const auto time = ParseTime(flags.until);
    if (!time) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("--until '{}' is not a time; write for example 2019-12-31", flags.until));
    }
    until = *time;
  }
  if (auto there = PinLake(config); !there) return Fail(there.error());
  if (flags.digest) return PrintDigests(cli, config, until);
  return PrintVerdict(cli, config,
                      {.until = until, .sources = !flags.no_sources, .progress = &cli.progress()});
}

}  // namespace

void AddVerifyVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "verify",
       .summary = "recompute everything from the base tables and compare bits",
       .description =
           "Computes every derived table again from the accepted rows and compares all bits; "
           "checks "
           "that the ledger adds up, that stored files have the bytes their checksums say, that "
           "the "
           "tables' logs are whole, and that source files still there are what was read. Exit 1, "
           "naming the first cell that differs, when anything is wrong. Reads only.",
       .examples = {"tidemark verify --lake lake",
                    "tidemark verify --lake lake --digest --until 2019-01-01"}},
      RunVerify);
  app.AddFlag("--digest", flags.digest,
              "Print rows and a SHA-256 per table and series instead: equal data, equal digests");
  app.Add("--until", flags.until,
          "Only what lies before this time, of candles those closed by then")
      .TypeName("TIME");
  app.AddFlag("--no-sources", flags.no_sources, "Do not read source files again");
}

}  // namespace tidemark
