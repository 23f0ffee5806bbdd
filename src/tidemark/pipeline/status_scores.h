// The scores of a lake's models, row by row as ScoresTable() has them.
#pragma once

#include <string>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

struct ScoreQuery {
  Selection selection;  // series only
  std::string model;    // "" = all
  bool years = true;    // periods: always "all"; the years; the months
  bool months = false;
  bool buckets = false;  // the target-span buckets too
};

// In the table's order. Errors: kNotFound (no scores, no such series or model).
Result<Batch> ReadScores(const LakeView& view, const ScoreQuery& query);

}  // namespace tidemark
