// What the journal keeps per calendar month of one forecast operator, as canonical bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/forecast/gram.h"
#include "tidemark/forecast/interval.h"
#include "tidemark/forecast/model.h"

namespace tidemark {

// The models effective from a month's start, with the residual quantiles they carry. No models when
// there were too few rows to train on.
struct FoldState {
  struct Entry {
    std::string kind, model_id;
    Bytes model;  // SaveModel
    std::optional<ResidualInterval> interval;
  };
  std::vector<Entry> entries;
  int64_t training_rows = 0;
  EventTime trained_from{0}, trained_to{0};
  double train_mean_abs_return = 0;

  Bytes Save() const;
  static Result<FoldState> Load(std::string_view bytes);
};

// The training rows of a whole month: what fits need to know of it without reading it.
struct TrainingBlock {
  std::string hash;  // "" when there are no training rows
  int64_t target_time_max = 0;
  GramBlock gram;

  Bytes Save() const;
  static Result<TrainingBlock> Load(std::string_view bytes);
};

}  // namespace tidemark
