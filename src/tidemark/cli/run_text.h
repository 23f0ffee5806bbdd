// What a run did and what became of its rows, for people and as JSON: shared by run, forget and
// status.
#pragma once

#include <string>
#include <vector>

#include "tidemark/cli/cli.h"
#include "tidemark/pipeline/run.h"

namespace tidemark {

void PrintRun(const Cli& cli, const RunReport& report, const std::string& lake, bool dry_run);

// One line a source, and their sum.
std::string SourceTable(const std::vector<SourceCount>& sources);
JsonValue::Array SourcesJson(const std::vector<SourceCount>& sources);

// read, new, revised, duplicate, rejected, placeholder: as cells of a table and as members.
void AppendCounts(const RowCounts& counts, std::vector<std::string>* cells);
void AppendCounts(const RowCounts& counts, JsonValue::Object* members);
// A line when some of them are ambiguous, else "".
std::string AmbiguousText(const std::string& source, const RowCounts& counts);

}  // namespace tidemark
