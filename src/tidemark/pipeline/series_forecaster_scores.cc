// Scores of all periods from the months' blocks.
#include <algorithm>
#include <map>
#include <tuple>

#include "tidemark/pipeline/series_forecaster.h"

namespace tidemark {

Status SeriesForecaster::WriteScores() {
  struct Period {
    std::string name;
    std::vector<std::vector<ScoreBlock>> blocks;  // model × bucket
  };
  const int64_t lag_rows =
      frames_.options().horizon.NominalRows(base_.id().interval.nominal_micros());
  const auto fresh = [&] {
    std::vector<std::vector<ScoreBlock>> blocks;
    for (const std::string& kind : config_.models) {
      blocks.emplace_back(1 + kSpanBucketCount, ScoreBlock(lag_rows, kind == "persistence"));
    }
    return blocks;
  };
  std::map<std::string, Period> periods;  // by name: the table's order within a model
  TM_ASSIGN(const std::vector<EventTime> months, scores_->Boundaries());
  for (const EventTime month : months) {
    TM_ASSIGN(const std::optional<Bytes> bytes, scores_->Get(month));
    if (!bytes) continue;
    ByteReader in(*bytes);
    const std::string date = FormatDate(month);
    for (size_t k = 0; k < config_.models.size(); ++k) {
      for (size_t b = 0; b < 1 + kSpanBucketCount; ++b) {
        TM_ASSIGN(const ScoreBlock block, ScoreBlock::Load(in.GetString()));
        if (block.rows() == 0) continue;
        for (const std::string& name : {std::string("all"), date.substr(0, 4), date.substr(0, 7)}) {
          Period& period = periods[name];
          if (period.blocks.empty()) period.blocks = fresh();
          period.blocks[k][b].Merge(block);
        }
      }
    }
    TM_TRY(in.Finish("scores"));
  }
  Batch batch(ScoresTable().schema);
  std::vector<ScoreRow> rows;
  for (const auto& [name, period] : periods) {
    for (size_t k = 0; k < config_.models.size(); ++k) {
      for (size_t b = 0; b < 1 + kSpanBucketCount; ++b) {
        if (period.blocks[k][b].rows() == 0) continue;
        ScoreRow row = Finalize(period.blocks[k][b], name == "all" && b == 0);
        row.venue = key_.venue;
        row.symbol = key_.symbol;
        row.interval = key_.interval;
        row.model = config_.models[k];
        row.horizon = horizon_text_;
        row.period = name;
        row.bucket = b == 0 ? "all" : std::string(kSpanBuckets[b - 1]);
        row.basis = "recomputed";
        rows.push_back(std::move(row));
      }
    }
  }
  std::sort(rows.begin(), rows.end(), [](const ScoreRow& a, const ScoreRow& b) {
    return std::tie(a.model, a.period, a.bucket) < std::tie(b.model, b.period, b.bucket);
  });
  for (const ScoreRow& row : rows) AppendScore(row, batch);
  return context_.sink.ReplaceAll(ScoresTable(), key_, batch);
}

}  // namespace tidemark
