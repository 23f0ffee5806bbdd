// The command line: verbs, the options they share, and how a run ends.
//
// Every verb lives in a file of its own, verb_<name>.cc, and adds itself through Cli::AddVerb. What
// goes to standard output is the answer; everything else goes to standard error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/log_event.h"
#include "tidemark/base/result.h"
#include "tidemark/cli/json_value.h"
#include "tidemark/cli/options.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

// How a verb that did its work ends: 0, or 1 when a check the user asked for failed.
enum class Outcome { kDone = 0, kCheckFailed = 1 };

// Which of the shared options a verb takes, on top of -c, --lake, --json, --set, --print-config and
// --threads.
enum class VerbKind {
  kPlain,
  kPinned,   // --as-of
  kReading,  // --venue --symbol --interval --since --until --as-of
};

struct VerbInfo {
  std::string_view name;
  std::string_view summary;                // in the list of verbs; a clause without a full stop
  std::string_view description;            // above its options; sentences
  std::vector<std::string_view> examples;  // at least two runnable commands
  VerbKind kind = VerbKind::kPlain;
  bool hidden = false;  // not in the list of verbs nor the reference
};

class Cli {
 public:
  Cli();
  ~Cli();

  // The body runs after parsing, with the configuration loaded when it asks for it.
  using Body = std::function<Result<Outcome>(Cli&)>;
  VerbOptions AddVerb(const VerbInfo& info, Body body);
  // The same for a body with options of its own, kept in `flags`, which lives as long as the verb.
  template <typename Flags>
  struct VerbWithFlags {
    VerbOptions app;
    Flags& flags;
  };
  template <typename Flags>
  VerbWithFlags<Flags> AddVerb(const VerbInfo& info, Result<Outcome> (*body)(Cli&, const Flags&)) {
    const auto flags = std::make_shared<Flags>();
    return {AddVerb(info, [flags, body](Cli& cli) { return body(cli, *flags); }), *flags};
  }

  // Parses, runs the verb, prints its error; returns the exit code.
  int Main(int argc, const char* const* argv);

  // For bodies.
  Result<Config> LoadConfiguration() const;
  Result<Selection> ReadSelection() const;
  bool json() const { return json_; }
  Progress& progress() { return *progress_; }
  // Standard output, whole.
  void Print(std::string_view text) const;
  void PrintJson(const JsonValue& value) const { Print(value.ToString()); }
  // A line on standard error: "tidemark: note: …".
  void Note(std::string_view text) const;
  // The error that may end the verb is told there, as the event "failed", and not as lines.
  void TellErrorsTo(OnLogEvent tell) { tell_error_ = std::move(tell); }

  // docs/reference/cli.md.
  std::string ReferenceMarkdown() const;

 private:
  struct Verb {
    VerbInfo info;
    CLI::App* app = nullptr;
    Body body;
  };
  void AddSharedOptions(CLI::App& app, VerbKind kind);
  int RunVerb(const Verb& verb);
  int PrintError(const Error& error) const;
  Status ArmTestFault() const;

  std::unique_ptr<CLI::App> app_;
  std::vector<std::unique_ptr<Verb>> verbs_;
  std::unique_ptr<Progress> progress_;
  OnLogEvent tell_error_;

  std::string config_path_;
  std::string lake_;
  bool json_ = false;
  std::vector<std::string> set_flags_;
  bool print_config_ = false;
  int threads_ = -1;
  std::string test_fault_;
  SelectionFlags selection_flags_;
};

// One per verb, in the order of the help.
void AddInitVerb(Cli& cli);
void AddCheckVerb(Cli& cli);
void AddRunVerb(Cli& cli);
void AddLiveVerb(Cli& cli);
void AddReplayVerb(Cli& cli);
void AddGapsVerb(Cli& cli);
void AddStatusVerb(Cli& cli);
void AddSqlVerb(Cli& cli);
void AddForecastVerb(Cli& cli);
void AddEvaluateVerb(Cli& cli);
void AddReportVerb(Cli& cli);
void AddVerifyVerb(Cli& cli);
void AddSimulateVerb(Cli& cli);
void AddExportVerb(Cli& cli);
void AddForgetVerb(Cli& cli);
void AddCompactVerb(Cli& cli);
void AddVacuumVerb(Cli& cli);
void AddDoctorVerb(Cli& cli);
void AddVersionVerb(Cli& cli);
void AddReferenceVerb(Cli& cli);  // hidden: prints the generated pages

// All of them.
void AddAllVerbs(Cli& cli);

}  // namespace tidemark
