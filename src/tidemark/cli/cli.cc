#include "tidemark/cli/cli.h"

#include <unistd.h>

#include <charconv>
#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tidemark/base/fault.h"
#include "tidemark/base/file.h"
#include "tidemark/base/utf8.h"
#include "tidemark/cli/text_table.h"

namespace tidemark {
namespace {

constexpr std::string_view kDefaultConfigFile = "tidemark.toml";

constexpr std::string_view kIntroduction =
    "Tidemark turns market data that arrives late, twice, out of order or wrong into clean tables, "
    "features and honest forecasts, and can prove every number of them.";

constexpr std::string_view kExitCodes =
    "Exit codes: 0 done, 1 a check failed, 2 wrong usage or configuration, 3 too much input "
    "rejected (nothing changed), 4 a source or store cannot be reached, read or written, 5 the "
    "lake is damaged or "
    "held by another writer, 70 a defect of Tidemark.";

std::string ExamplesText(const VerbInfo& info) {
  std::string text = "Examples:\n";
  for (const std::string_view example : info.examples) text += fmt::format("  {}\n", example);
  return text;
}

// What to do next, by what went wrong; messages that know better say it themselves.
std::string_view AdviceFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kVersion:
      return "this lake was written by another version of Tidemark";
    case ErrorCode::kUnavailable:
      return "try again later; `tidemark doctor` shows what is reachable";
    case ErrorCode::kPermission:
      return "check the credentials and file modes; see `tidemark doctor`";
    case ErrorCode::kCorrupt:
      return "`tidemark verify` lists what is damaged";
    case ErrorCode::kLocked:
      return "wait for the other writer to finish, then run this again";
    case ErrorCode::kConflict:
      return "another writer was faster; run this again";
    case ErrorCode::kIo:
      return "check free space and the disk, then run this again";
    case ErrorCode::kInternal:
      return "this is a defect of Tidemark; please report it with the command";
    default:
      return "";
  }
}

}  // namespace

Cli::Cli() : app_(std::make_unique<CLI::App>(WrapText(kIntroduction), "tidemark")) {
  app_->require_subcommand(0, 1);
  app_->get_formatter()->column_width(34);
  app_->get_formatter()->label("REQUIRED", "(required)");
  app_->footer(fmt::format("`tidemark VERB --help` explains a verb, with examples.\n\n{}\n",
                           WrapText(kExitCodes)));
  app_->set_version_flag("--version", "tidemark " TIDEMARK_VERSION);
  AddSharedOptions(*app_, VerbKind::kPlain);
}

Cli::~Cli() = default;

void Cli::AddSharedOptions(CLI::App& app, VerbKind kind) {
  const std::string group = "Options of every verb";
  app.add_option("-c,--config", config_path_,
                 "Configuration (tidemark.toml in this folder when there is one)")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--lake", lake_, "Folder, or s3://bucket/prefix, of the tables")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("--json", json_, "Print the answer as JSON")->group(group);
  app.add_option("--set", set_flags_, "Set a configuration key for this call; may be repeated")
      ->type_name("KEY=VALUE")
      ->type_size(1)
      ->allow_extra_args(false)
      ->group(group);
  app.add_flag("--print-config", print_config_, "Print the configuration that holds, and stop")
      ->group(group);
  app.add_option("--threads", threads_, "Threads to work with; 0 = all (results do not differ)")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""))
      ->group(group);
  // For tests, and in no help: crash:N or fail:N at the N-th fault point, or count them.
  app.add_option("--test-fault", test_fault_)->group("");
  if (kind == VerbKind::kPlain) return;
  const std::string selection = "What to read";
  SelectionFlags& flags = selection_flags_;
  if (kind == VerbKind::kReading) {
    app.add_option("--venue", flags.venue, "Only this venue")->type_name("NAME")->group(selection);
    app.add_option("--symbol", flags.symbol, "Only this symbol: LTC-USD, ltcusd, LTC/USD")
        ->type_name("SYMBOL")
        ->group(selection);
    app.add_option("--interval", flags.interval, "Only candles of this interval: 1m, 1h, 1d")
        ->type_name("LENGTH")
        ->group(selection);
    app.add_option("--since", flags.since, "From this time on: 2019-12-31, 2019-12-31T23:59 (UTC)")
        ->type_name("TIME")
        ->group(selection);
    app.add_option("--until", flags.until, "Up to and without this time")
        ->type_name("TIME")
        ->group(selection);
  }
  app.add_option("--as-of", flags.as_of, "The lake as it was: an epoch's number, or a time")
      ->type_name("EPOCH|TIME")
      ->group(selection);
}

VerbOptions Cli::AddVerb(const VerbInfo& info, Body body) {
  CLI::App* app = app_->add_subcommand(std::string(info.name), std::string(info.summary));
  auto verb = std::make_unique<Verb>(Verb{info, app, std::move(body)});
  app->footer(ExamplesText(info));
  app->get_formatter()->column_width(34);
  AddSharedOptions(*app, info.kind);
  if (info.hidden) app->group("");
  verbs_.push_back(std::move(verb));
  return VerbOptions(app);
}

int Cli::Main(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      std::string text;
      for (const auto& verb : verbs_) {
        if (!verb->app->parsed() || error.get_name() != "CallForHelp") continue;
        // The summary stands in the list of verbs; the verb's own help says more.
        verb->app->description(WrapText(verb->info.description));
        text = app_->help();  // of the verb that was parsed
      }
      if (text.empty()) {
        text =
            error.get_name() == "CallForVersion" ? std::string(error.what()) + "\n" : app_->help();
      }
      Print(text);
      return 0;
    }
    std::string of;
    for (const auto& verb : verbs_) {
      if (verb->app->parsed()) of = " " + std::string(verb->info.name);
    }
    return PrintError(Error(ErrorCode::kInvalidArgument,
                            fmt::format("{}; `tidemark{} --help` explains", error.what(), of)));
  }
  std::function<void(std::string_view)> terminal;
  if (isatty(STDERR_FILENO) != 0) {
    terminal = [](std::string_view line) {
      std::fwrite(line.data(), 1, line.size(), stderr);
      std::fflush(stderr);
    };
  }
  progress_ = std::make_unique<Progress>(std::move(terminal));
  for (const auto& verb : verbs_) {
    if (verb->app->parsed()) return RunVerb(*verb);
  }
  if (print_config_) {
    const auto config = LoadConfiguration();
    if (!config) return PrintError(config.error());
    Print(PrintConfig(*config));
    return 0;
  }
  Print(app_->help());
  return 2;
}

int Cli::RunVerb(const Verb& verb) {
  if (print_config_) {
    const auto config = LoadConfiguration();
    if (!config) return PrintError(config.error());
    Print(PrintConfig(*config));
    return 0;
  }
  if (const Status armed = ArmTestFault(); !armed) return PrintError(armed.error());
  const Result<Outcome> outcome = verb.body(*this);
  progress_->End();
  if (test_fault_ == "count") Note(fmt::format("{} fault points", FaultPointsPassed()));
  if (!outcome) return PrintError(outcome.error());
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return PrintError(Error(ErrorCode::kIo, "standard output cannot be written"));
  }
  return static_cast<int>(*outcome);
}

Status Cli::ArmTestFault() const {
  if (test_fault_.empty() || test_fault_ == "count") return {};
  const size_t colon = test_fault_.find(':');
  const std::string mode = test_fault_.substr(0, colon);
  uint64_t point = 0;
  if (colon != std::string::npos) {
    const char* end = test_fault_.data() + test_fault_.size();
    const auto read = std::from_chars(test_fault_.data() + colon + 1, end, point);
    if (read.ec != std::errc() || read.ptr != end) point = 0;
  }
  if (point == 0 || (mode != "crash" && mode != "fail")) {
    return Fail(ErrorCode::kInvalidArgument, "--test-fault: write crash:N, fail:N or count");
  }
  ArmFault(mode == "crash" ? FaultMode::kCrash : FaultMode::kFail, point);
  return {};
}

int Cli::PrintError(const Error& error) const {
  const int exit_code = InfoOf(error.code()).exit_code;
  if (tell_error_) {
    tell_error_({LogLevel::kError, "failed", error.message(), {{"exit_code", int64_t{exit_code}}}});
    return exit_code;
  }
  // Messages quote files and arguments, which may hold what a terminal should not see.
  std::string message;
  for (std::string_view rest = error.message();;) {
    const size_t end = rest.find('\n');
    message += Printable(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    message += "\n  ";
    rest.remove_prefix(end + 1);
  }
  std::fflush(stdout);
  fmt::print(stderr, "tidemark: error: {}\n", message);
  if (const std::string_view advice = AdviceFor(error.code()); !advice.empty()) {
    fmt::print(stderr, "  {}\n", advice);
  }
  return exit_code;
}

Result<Config> Cli::LoadConfiguration() const {
  std::string path = config_path_;
  if (path.empty() && FileExists(std::string(kDefaultConfigFile))) path = kDefaultConfigFile;
  std::vector<std::string> flags = set_flags_;
  if (!lake_.empty()) flags.push_back("lake=" + lake_);
  if (threads_ >= 0) flags.push_back(fmt::format("threads={}", threads_));
  return LoadConfig(path, flags);
}

Result<Selection> Cli::ReadSelection() const { return MakeSelection(selection_flags_); }

void Cli::Print(std::string_view text) const { std::fwrite(text.data(), 1, text.size(), stdout); }

void Cli::Note(std::string_view text) const { fmt::print(stderr, "tidemark: note: {}\n", text); }

void AddAllVerbs(Cli& cli) {
  AddInitVerb(cli);
  AddCheckVerb(cli);
  AddRunVerb(cli);
  AddLiveVerb(cli);
  AddReplayVerb(cli);
  AddStatusVerb(cli);
  AddGapsVerb(cli);
  AddSqlVerb(cli);
  AddForecastVerb(cli);
  AddEvaluateVerb(cli);
  AddReportVerb(cli);
  AddVerifyVerb(cli);
  AddSimulateVerb(cli);
  AddExportVerb(cli);
  AddForgetVerb(cli);
  AddCompactVerb(cli);
  AddVacuumVerb(cli);
  AddDoctorVerb(cli);
  AddVersionVerb(cli);
  AddReferenceVerb(cli);
}

}  // namespace tidemark
