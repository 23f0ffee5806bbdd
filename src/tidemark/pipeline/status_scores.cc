#include "tidemark/pipeline/status_scores.h"

#include <fmt/format.h>

namespace tidemark {

Result<Batch> ReadScores(const LakeView& view, const ScoreQuery& query) {
  TM_TRY(SelectSeries(view, ScoresTable(), query.selection));
  TM_ASSIGN(const Batch scores, view.Read(ScoresTable()));
  std::vector<uint8_t> keep(scores.rows);
  bool model_known = query.model.empty();
  for (size_t i = 0; i < scores.rows; ++i) {
    const auto text = [&](std::string_view column) -> const std::string& {
      return scores[column].strings.At(i);
    };
    if (!query.selection.Matches({text("venue"), text("symbol"), text("interval")})) continue;
    const bool of_model = query.model.empty() || query.model == text("model");
    model_known = model_known || of_model;
    const size_t length = text("period").size();  // "all", "2019", "2019-07"
    keep[i] = of_model && (query.buckets || text("bucket") == "all") &&
              (length == 3 || (length == 4 && query.years) || (length == 7 && query.months));
  }
  if (scores.rows == 0) {
    return Fail(ErrorCode::kNotFound,
                "the lake has no scores yet; they come with the first forecasts whose target is "
                "known");
  }
  if (!model_known) {
    return Fail(ErrorCode::kNotFound, fmt::format("no scores of a model '{}'", query.model));
  }
  return scores.Filter(keep);
}

}  // namespace tidemark
