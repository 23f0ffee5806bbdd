// tidemark reference: the generated pages of docs/reference, for `make` and the tests.

#include "tidemark/cli/cli.h"
#include "tidemark/pipeline/config_reference.h"

namespace tidemark {
namespace {

Result<Outcome> PrintPage(Cli& cli, const std::string& page) {
  cli.Print(page == "cli"      ? cli.ReferenceMarkdown()
            : page == "config" ? ConfigReferenceMarkdown()
                               : ConfigJsonSchema());
  return Outcome::kDone;
}

}  // namespace

void AddReferenceVerb(Cli& cli) {
  auto [app, page] = cli.AddVerb(
      {.name = "reference",
       .summary = "print a generated page of the documentation",
       .description =
           "Prints docs/reference/cli.md, config.md or config.schema.json as this program "
           "would write it.",
       .examples = {"tidemark reference cli", "tidemark reference config"},
       .hidden = true},
      PrintPage);
  app.Add("PAGE", page, "cli, config or schema").Required().OneOf({"cli", "config", "schema"});
}

}  // namespace tidemark
