// What a run did, for people and as JSON: shared by run and forget.
#pragma once

#include <string>

#include "tidemark/cli/json_value.h"
#include "tidemark/pipeline/run.h"

namespace tidemark {

std::string RunText(const RunReport& report, const std::string& lake, bool dry_run);
JsonValue RunJson(const RunReport& report, const std::string& lake, bool dry_run);

}  // namespace tidemark
