// Features: one fold of the feature pack over the closed candles.
#include "tidemark/base/hash.h"
#include "tidemark/pipeline/derive.h"

namespace tidemark {
namespace {

class FeatureFold : public Fold {
 public:
  FeatureFold(const DeriveContext& context, BaseSeries& base, FeaturePack pack,
              FeatureOverlay* overlay)
      : context_(context),
        base_(base),
        pack_(std::move(pack)),
        spec_(FeaturesTable(pack_.names())),
        overlay_(overlay) {}

  void Reset() override { pack_.Reset(); }
  Bytes Save() const override {
    ByteWriter out;
    pack_.Save(out);
    return out.Take();
  }
  Status Load(std::string_view state) override {
    ByteReader in(state);
    return pack_.Load(in);
  }

  Status FoldStep(TimeRange step) override {
    TM_ASSIGN(const CandleColumns rows, base_.ReadByClose(step));
    FeatureOverlay::Piece piece{.range = step, .time = {}, .columns = {}};
    piece.columns.resize(pack_.names().size());
    for (auto& column : piece.columns) column.reserve(rows.size());
    pack_.Step(rows, 0, rows.size(), &piece.columns);
    piece.time.reserve(rows.size());
    for (const int64_t open : rows.open_time) {
      piece.time.push_back(base_.id().interval.CloseOf({open}).us);
    }
    context_.counts.feature_rows += static_cast<int64_t>(rows.size());
    const SeriesKey key = KeyOf(base_.id());
    Batch batch(spec_.schema);
    batch["venue"].strings.AppendRepeated(key.venue, rows.size());
    batch["symbol"].strings.AppendRepeated(key.symbol, rows.size());
    batch["interval"].strings.AppendRepeated(key.interval, rows.size());
    batch["time"].ints = piece.time;
    for (size_t f = 0; f < piece.columns.size(); ++f) {
      batch.columns[4 + f].doubles = piece.columns[f];
    }
    batch.SetRows(rows.size());
    TM_ASSIGN(const RangeSet changed, context_.sink.Replace(spec_, key, step, batch));
    changes_.Add(changed);
    return overlay_->Add(std::move(piece));
  }

  const RangeSet& changes() const { return changes_; }

 private:
  const DeriveContext& context_;
  BaseSeries& base_;
  FeaturePack pack_;
  TableSpec spec_;
  FeatureOverlay* overlay_;
  RangeSet changes_;
};

}  // namespace

std::string FeaturesSpecHash(const Config& config, Interval base) {
  auto pack = FeaturePack::Make(config.features, base);
  return pack ? pack->SpecHash().substr(0, 16) : std::string("invalid");
}

Result<RangeSet> DeriveFeatures(const DeriveContext& context, BaseSeries& base,
                                const RangeSet& open_times, FeatureOverlay* overlay) {
  const Interval interval = base.id().interval;
  TM_ASSIGN(FeaturePack pack, FeaturePack::Make(context.config.features, interval));
  const auto store = context.snapshots.Open(
      "features:" + FeaturesSpecHash(context.config, interval), base.id().ToString());
  FeatureFold fold(context, base, std::move(pack), overlay);
  const int64_t interval_us = interval.nominal_micros();
  const RangeSet closes = open_times.Widen(interval_us, interval_us);
  TM_TRY(Refold(closes, ExtentOf(base, closes), *store, fold));
  return fold.changes();
}

}  // namespace tidemark
