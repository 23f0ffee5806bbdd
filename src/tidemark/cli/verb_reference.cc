// tidemark reference: the generated pages of docs/reference, for `make` and the tests.

#include "tidemark/cli/cli.h"
#include "tidemark/pipeline/config_reference.h"

namespace tidemark {

void AddReferenceVerb(Cli& cli) {
  const auto page = std::make_shared<std::string>();
  VerbOptions app = cli.AddVerb(
      {.name = "reference",
       .summary = "print a generated page of the documentation",
       .description =
           "Prints docs/reference/cli.md, config.md or config.schema.json as this program "
           "would write it.",
       .examples = {"tidemark reference cli", "tidemark reference config"},
       .hidden = true},
      [page](Cli& c) -> Result<Outcome> {
        c.Print(*page == "cli"      ? c.ReferenceMarkdown()
                : *page == "config" ? ConfigReferenceMarkdown()
                                    : ConfigJsonSchema());
        return Outcome::kDone;
      });
  app.Add("PAGE", *page, "cli, config or schema").Required().OneOf({"cli", "config", "schema"});
}

}  // namespace tidemark
