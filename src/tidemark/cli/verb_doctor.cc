// tidemark doctor: what this machine has and lacks.

#include <algorithm>

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/doctor.h"

namespace tidemark {
namespace {

std::string_view NameOf(Health health) {
  switch (health) {
    case Health::kGood:
      return "good";
    case Health::kNote:
      return "note";
    case Health::kBad:
      return "bad";
  }
  return "";
}

Result<Outcome> Doctor(Cli& cli) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  const std::vector<Diagnosis> diagnoses = Diagnose(config);
  const bool bad =
      std::ranges::any_of(diagnoses, [](const Diagnosis& d) { return d.health == Health::kBad; });
  if (cli.json()) {
    JsonValue::Array list;
    for (const Diagnosis& d : diagnoses) {
      list.push_back(
          JsonValue::Object{{"subject", d.subject},
                            {"health", NameOf(d.health)},
                            {"found", d.found},
                            {"advice", d.advice.empty() ? JsonValue() : JsonValue(d.advice)}});
    }
    cli.PrintJson(JsonValue::Object{
        {"ok", !bad}, {"version", TIDEMARK_VERSION}, {"diagnoses", JsonValue(std::move(list))}});
  } else {
    size_t width = 0;
    for (const Diagnosis& d : diagnoses) width = std::max(width, d.subject.size());
    std::string text;
    for (const Diagnosis& d : diagnoses) {
      text += fmt::format("{}  {:<{}}  {}\n", NameOf(d.health) == "bad" ? "bad " : NameOf(d.health),
                          d.subject, width, d.found);
      if (!d.advice.empty()) text += fmt::format("      {:<{}}  {}\n", "", width, d.advice);
    }
    cli.Print(text);
  }
  return bad ? Outcome::kCheckFailed : Outcome::kDone;
}

}  // namespace

void AddDoctorVerb(Cli& cli) {
  cli.AddVerb(
      {.name = "doctor",
       .summary = "what this machine has and lacks",
       .description =
           "Looks at processors, memory, disk, the SQL engine, time zones, the lake and S3 "
           "credentials, and says what to do about what is missing. Exit 1 when something "
           "will not work.",
       .examples = {"tidemark doctor", "tidemark doctor --lake s3://my-bucket/tidemark --json"}},
      Doctor);
}

}  // namespace tidemark
