// Keys of what is forecast and by which models.
#include "tidemark/pipeline/components.h"
#include "tidemark/pipeline/config_key_members.h"

namespace tidemark {
namespace {

void AddBoostedKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Plain<&Config::boosted_rounds, int64_t>({.key = "boosted.rounds",
                                                          .type = ConfigType::kInt,
                                                          .unit = "trees",
                                                          .help = "How many trees, one a round.",
                                                          .example = "100",
                                                          .least = 1,
                                                          .most = 2000}));
  keys.push_back(
      Plain<&Config::boosted_depth, int64_t>({.key = "boosted.depth",
                                              .type = ConfigType::kInt,
                                              .unit = "levels",
                                              .help = "The deepest leaf's level in each tree.",
                                              .example = "4",
                                              .least = 1,
                                              .most = 10}));
  keys.push_back(Plain<&Config::boosted_min_leaf, int64_t>(
      {.key = "boosted.min_leaf",
       .type = ConfigType::kInt,
       .unit = "rows",
       .help = "The fewest training rows in a leaf of each tree.",
       .example = "1000",
       .least = 1,
       .most = 1e9}));
  keys.push_back(Plain<&Config::boosted_learning_rate, double>(
      {.key = "boosted.learning_rate",
       .type = ConfigType::kFloat,
       .help = "The share of what a tree would correct that is taken over.",
       .example = "0.1",
       .least = 0.001,
       .most = 1}));
}

void AddScoreKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Plain<&Config::drift_delta, double>(
      {.key = "scores.drift_delta",
       .type = ConfigType::kFloat,
       .help = "How much worse against persistence a model may become, in mean absolute returns of "
               "its training rows.",
       .example = "0.05",
       .least = 0,
       .most = 10}));
  keys.push_back(Plain<&Config::drift_threshold, double>(
      {.key = "scores.drift_threshold",
       .type = ConfigType::kFloat,
       .help = "How much more than that must add up for an alarm, in the same unit times horizons.",
       .example = "20.0",
       .least = 0.001,
       .most = 1e6}));
  keys.push_back(Plain<&Config::drift_window_us, int64_t>(
      {.key = "scores.drift_window",
       .type = ConfigType::kDuration,
       .help = "How far back is looked, from the start of that UTC month.",
       .example = "\"180d\"",
       .least = double{kMicrosPerDay}}));
}

}  // namespace

void AddForecastKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Plain<&Config::derive_forecasts, bool>(
      {.key = "forecasts.enabled",
       .type = ConfigType::kBool,
       .help = "Whether models are fitted and forecasts, outcomes and scores kept.",
       .example = "false"}));
  keys.push_back(Plain<&Config::models, Strings>(
      {.key = "forecasts.models",
       .type = ConfigType::kStrings,
       .help =
           "Which models. Scores are ratios to persistence, so it is always computed; \"boosted\" "
           "is asked for by name and takes the longest.",
       .example = "[\"linear\", \"tree\", \"boosted\"]",
       .choices = ComponentNames(ComponentKind::kModel)}));
  keys.push_back(Parsed<&Config::horizons, Horizon>(
      {.key = "forecasts.horizons",
       .type = ConfigType::kStrings,
       .help = "How far ahead: a number of rows (\"30\") or a duration (\"30m\").",
       .example = "[\"30\", \"1h\"]"}));
  keys.push_back(Plain<&Config::max_target_span_us, int64_t>(
      {.key = "forecasts.max_target_span",
       .type = ConfigType::kDuration,
       .help = "A target further away than this is neither trained on nor scored.",
       .example = "\"6h\"",
       .least = double{kMicrosPerMinute}}));
  keys.push_back(Plain<&Config::train_window_us, int64_t>(
      {.key = "forecasts.train_window",
       .type = ConfigType::kDuration,
       .help = "A model effective from T trains on rows of [T - train_window, T).",
       .example = "\"180d\"",
       .least = double{kMicrosPerDay}}));
  keys.push_back(Plain<&Config::refit_lead_us, int64_t>(
      {.key = "forecasts.refit_lead",
       .type = ConfigType::kDuration,
       .help = "...whose target was known this long before T.",
       .example = "\"2h\"",
       .least = double{kMicrosPerSecond},
       .most = double{31 * kMicrosPerDay}}));
  keys.push_back(Plain<&Config::min_training_rows, int64_t>(
      {.key = "forecasts.min_training_rows",
       .type = ConfigType::kInt,
       .unit = "rows",
       .help = "Below this many complete training rows no model is fitted.",
       .example = "5000",
       .least = 100}));
  keys.push_back(Plain<&Config::tree_depth, int64_t>({.key = "tree.depth",
                                                      .type = ConfigType::kInt,
                                                      .unit = "levels",
                                                      .help = "The deepest leaf's level.",
                                                      .example = "6",
                                                      .least = 1,
                                                      .most = 16}));
  keys.push_back(
      Plain<&Config::tree_min_leaf, int64_t>({.key = "tree.min_leaf",
                                              .type = ConfigType::kInt,
                                              .unit = "rows",
                                              .help = "The fewest training rows in a leaf.",
                                              .example = "1000",
                                              .least = 1,
                                              .most = 1e9}));
  keys.push_back(Plain<&Config::tree_bins, int64_t>(
      {.key = "tree.bins",
       .type = ConfigType::kInt,
       .unit = "bins",
       .help = "Into how many bins each feature's training values are sorted.",
       .example = "64",
       .least = 2,
       .most = 256}));
  AddBoostedKeys(keys);
  AddScoreKeys(keys);
}

}  // namespace tidemark
