// tidemark version.

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/pipeline/components.h"

namespace tidemark {
namespace {

std::string_view NameOf(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kSource:
      return "source";
    case ComponentKind::kOperator:
      return "operator";
    case ComponentKind::kModel:
      return "model";
  }
  return "";
}

Result<Outcome> Version(Cli& cli, const bool& components) {
  if (cli.json()) {
    JsonValue::Array list;
    for (const Component& c : Components()) {
      list.push_back(JsonValue::Object{
          {"name", c.name},
          {"kind", NameOf(c.kind)},
          {"summary", c.summary},
          {"reads", JsonValue(JsonValue::Array(c.reads.begin(), c.reads.end()))},
          {"writes", JsonValue(JsonValue::Array(c.writes.begin(), c.writes.end()))}});
    }
    cli.PrintJson(JsonValue::Object{{"version", TIDEMARK_VERSION},
                                    {"compiler", __VERSION__},
                                    {"components", JsonValue(std::move(list))}});
    return Outcome::kDone;
  }
  std::string text = fmt::format("tidemark {}\n", TIDEMARK_VERSION);
  if (components) {
    for (const Component& c : Components()) {
      text += fmt::format("  {:<9} {:<13} {}\n", NameOf(c.kind), c.name, c.summary);
    }
  }
  cli.Print(text);
  return Outcome::kDone;
}

}  // namespace

void AddVersionVerb(Cli& cli) {
  auto [app, components] =
      cli.AddVerb({.name = "version",
                   .summary = "the version, and what it is made of",
                   .description = "Prints the version; with --components (or --json) the sources, "
                                  "operators and models this program has.",
                   .examples = {"tidemark version", "tidemark version --components"}},
                  Version);
  app.AddFlag("--components", components, "List sources, operators and models");
}

}  // namespace tidemark
