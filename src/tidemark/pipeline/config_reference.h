// What the key table says, for people and for editors.
#pragma once

#include <string>
#include <vector>

#include "tidemark/pipeline/config.h"

namespace tidemark {

// docs/reference/config.md.
std::string ConfigReferenceMarkdown();
// docs/reference/config.schema.json: JSON Schema (draft 2020-12) of tidemark.toml.
std::string ConfigJsonSchema();
// A tidemark.toml for these sources: what is set stands as TOML, every other key as a comment with
// its help and default. Loads to the same Config as an empty file with these sources and lake.
std::string ConfigTemplate(const Config& config);

}  // namespace tidemark
