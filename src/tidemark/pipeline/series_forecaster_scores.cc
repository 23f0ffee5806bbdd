// Scores of all periods from the months' blocks.
#include <algorithm>
#include <map>
#include <tuple>

#include "tidemark/pipeline/series_forecaster.h"

namespace tidemark {
namespace {

// The blocks of one basis as they add up, months given in order.
class Periods {
 public:
  explicit Periods(int64_t lag_rows) : lag_rows_(lag_rows) {}

  // `bucket`: 0 for all, then as in kSpanBuckets.
  void Add(EventTime month, const std::string& model, size_t bucket, const ScoreBlock& block) {
    if (block.rows() == 0) return;
    const std::string date = FormatDate(month);
    for (const std::string& name : {std::string("all"), date.substr(0, 4), date.substr(0, 7)}) {
      blocks_.try_emplace({model, name, bucket}, lag_rows_, model == "persistence")
          .first->second.Merge(block);
    }
  }

  // `key` has what is the same in all rows.
  void AppendTo(ScoreRow key, std::vector<ScoreRow>* rows) const {
    for (const auto& [of, block] : blocks_) {
      const auto& [model, period, bucket] = of;
      ScoreRow row = Finalize(block, period == "all" && bucket == 0);
      row.venue = key.venue;
      row.symbol = key.symbol;
      row.interval = key.interval;
      row.horizon = key.horizon;
      row.basis = key.basis;
      row.model = model;
      row.period = period;
      row.bucket = bucket == 0 ? "all" : std::string(kSpanBuckets[bucket - 1]);
      rows->push_back(std::move(row));
    }
  }

 private:
  int64_t lag_rows_;
  std::map<std::tuple<std::string, std::string, size_t>, ScoreBlock> blocks_;
};

Status AddBlocks(EventTime month, const std::string& model, ByteReader& in, Periods* periods) {
  for (size_t b = 0; b < 1 + kSpanBucketCount; ++b) {
    TM_ASSIGN(const ScoreBlock block, ScoreBlock::Load(in.GetString()));
    periods->Add(month, model, b, block);
  }
  return {};
}

}  // namespace

Status SeriesForecaster::WriteScores() {
  const int64_t lag_rows =
      frames_.options().horizon.NominalRows(base_.id().interval.nominal_micros());
  Periods recomputed(lag_rows), issued(lag_rows);
  TM_ASSIGN(const std::vector<EventTime> months, scores_->Boundaries());
  for (const EventTime month : months) {
    TM_ASSIGN(const std::optional<Bytes> bytes, scores_->Get(month));
    if (!bytes) continue;
    ByteReader in(*bytes);
    for (const std::string& model : config_.models) {
      TM_TRY(AddBlocks(month, model, in, &recomputed));
    }
    TM_TRY(in.Finish("scores"));
  }
  TM_ASSIGN(const std::vector<EventTime> issued_months, issued_scores_->Boundaries());
  for (const EventTime month : issued_months) {
    TM_ASSIGN(const std::optional<Bytes> bytes, issued_scores_->Get(month));
    if (!bytes) continue;
    ByteReader in(*bytes);
    const auto models = in.Get<uint32_t>();
    for (uint32_t k = 0; k < models && in.ok(); ++k) {
      const std::string model(in.GetString());
      TM_TRY(AddBlocks(month, model, in, &issued));
    }
    TM_TRY(in.Finish("scores of what was said"));
  }
  ScoreRow key;
  key.venue = key_.venue;
  key.symbol = key_.symbol;
  key.interval = key_.interval;
  key.horizon = horizon_text_;
  std::vector<ScoreRow> rows;
  key.basis = "recomputed";
  recomputed.AppendTo(key, &rows);
  key.basis = "issued";
  issued.AppendTo(key, &rows);
  std::sort(rows.begin(), rows.end(), [](const ScoreRow& a, const ScoreRow& b) {
    return std::tie(a.model, a.period, a.bucket, a.basis) <
           std::tie(b.model, b.period, b.bucket, b.basis);
  });
  Batch batch(ScoresTable().schema);
  for (const ScoreRow& row : rows) AppendScore(row, batch);
  return context_.sink.ReplaceAll(ScoresTable(), key_, batch);
}

}  // namespace tidemark
