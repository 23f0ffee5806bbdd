// docs/reference/cli.md, from the same table that makes --help.

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tidemark/cli/cli.h"

namespace tidemark {
namespace {

std::string EscapedPipes(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\\|");
  return text;
}

std::string NameOf(const CLI::Option& option) {
  std::string name;
  for (const std::string& s : option.get_snames()) name += (name.empty() ? "-" : ", -") + s;
  for (const std::string& l : option.get_lnames()) name += (name.empty() ? "--" : ", --") + l;
  if (name.empty()) name = option.get_name();
  const bool positional = option.get_snames().empty() && option.get_lnames().empty();
  const std::string type = option.get_type_name();
  const size_t check = type.find(':');
  if (!positional && option.get_items_expected_max() > 0 && !type.empty())
    name += " " + type.substr(0, check);
  return name;
}

std::string OptionRows(const CLI::App& app, bool shared) {
  std::string rows;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // in no help
    if (option->get_name() == "--help" || option->get_name() == "--version" ||
        (option->get_group() == "Options of every verb") != shared) {
      continue;
    }
    std::string help = option->get_description();
    if (!option->get_default_str().empty())
      help += fmt::format(" (default {})", option->get_default_str());
    if (option->get_required()) help += " (required)";
    rows += fmt::format("| `{}` | {} |\n", EscapedPipes(NameOf(*option)), EscapedPipes(help));
  }
  return rows;
}

}  // namespace

std::string Cli::ReferenceMarkdown() const {
  std::string out =
      "# Command line\n\n"
      "`tidemark VERB [options]`; `tidemark VERB --help` shows this page's part about a verb. "
      "Answers go to\n"
      "standard output, as JSON with `--json`; messages and progress to standard error. Progress "
      "shows on a\n"
      "terminal only.\n\n"
      "This page is generated from the program (`tidemark reference cli`); do not edit it.\n\n"
      "| verb | does |\n| --- | --- |\n";
  for (const auto& verb : verbs_) {
    if (verb->info.hidden) continue;
    out += fmt::format("| [`{0}`](#{0}) | {1} |\n", verb->info.name, verb->info.summary);
  }
  out += "\n## Options of every verb\n\n| option | meaning |\n| --- | --- |\n" +
         OptionRows(*app_, true);
  out +=
      "\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n| 0 | done |\n"
      "| 1 | a check that was asked for failed: verify, check, evaluate, gaps --fail, doctor |\n"
      "| 2 | wrong usage, configuration or version |\n"
      "| 3 | too much input rejected; the lake is unchanged and the message names a file with the "
      "rejects |\n"
      "| 4 | a source or store cannot be reached, read or written; the lake is as it was |\n"
      "| 5 | the lake or its journal is damaged, or held by another writer |\n"
      "| 70 | a defect of Tidemark |\n";
  for (const auto& verb : verbs_) {
    if (verb->info.hidden) continue;
    out += fmt::format("\n## {}\n\n{}\n\n```sh\n", verb->info.name, verb->info.description);
    for (const std::string_view example : verb->info.examples) out += fmt::format("{}\n", example);
    out += "```\n";
    if (const std::string rows = OptionRows(*verb->app, false); !rows.empty()) {
      out += "\n| option | meaning |\n| --- | --- |\n" + rows;
    }
  }
  return out;
}

}  // namespace tidemark
