// The part of a configuration that derived numbers depend on. It is kept with the lake, so that
// `verify` recomputes with what was used, and a `run` without a configuration goes on as before.
#pragma once

#include <optional>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/lake/lake_view.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

constexpr std::string_view kDefinitionsProperty = "tidemark.definitions";

// The sections candles, features, forecasts, tree and boosted as TOML.
std::string PrintDefinitions(const Config& config);

// The definitions the lake's derived tables were last computed with; nothing before there are any.
// Errors: kCorrupt.
Result<std::optional<Config>> StoredDefinitions(const LakeView& view);

// `config` with the definitions of the lake, where it has any, but for the keys in `except`.
Result<Config> WithStoredDefinitions(const Config& config, const LakeView& view,
                                     const std::set<std::string>& except = {});

// The definitions that hold for `config` on this lake: a configuration file's own; without one the
// lake's, but for the keys set on the command line.
Result<Config> EffectiveConfig(const Config& config, const LakeView& view);

}  // namespace tidemark
