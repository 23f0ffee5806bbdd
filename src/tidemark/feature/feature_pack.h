// All features of one series, as one fold over its closed candles in order.
//
//   pack.Step(rows, 0, rows.size(), &columns);   // one value per row and feature; null (NaN) while
//   warming up
//
// A row's time is its close, and its values depend on that row and the rows before it only. Results
// do not depend on how rows are cut into steps, nor on saving and loading between them.
//
// The state is canonical: equal states have equal bytes, however they came about. It holds the
// retained rows, oldest first, column by column and no more of each than a feature needs; the
// doubles of recursive features; and the first row's time while a time window still waits for the
// series to be old enough. Sums are not stored: they follow from the rows.
//
// One thread per pack.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/feature/catalogue.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/interval.h"

namespace tidemark {

class FeaturePack {
 public:
  // Errors: kInvalidArgument, naming the spec that is wrong (or given twice) and what would be
  // right.
  static Result<FeaturePack> Make(std::vector<std::string> specs, Interval base);
  // The default 20, for one-minute rows.
  static const std::vector<std::string>& DefaultSpecs();

  const std::vector<std::string>& names() const { return names_; }
  // Identifies what the values mean: names, operator versions and base interval; hex.
  std::string SpecHash() const;
  // Index of the first row at which every feature has a value (time windows: in a series without
  // gaps; features of volume: where every row has one).
  int64_t warmup_rows() const;

  void Reset();
  // Folds rows [begin, end), which follow the rows folded before, and appends one value per row to
  // (*out)[f] for each feature f. REQUIRES out->size() == names().size(), and rows as the table
  // holds them: prices in (0, 2^44), volumes in [0, 2^44) or null.
  void Step(const CandleColumns& rows, size_t begin, size_t end,
            std::vector<std::vector<double>>* out);
  void Save(ByteWriter& out) const;
  // Errors: kCorrupt; then the state is Reset().
  Status Load(ByteReader& in);

 private:
  struct Feature {
    std::unique_ptr<FeatureOperator> fold;
    Relative relative = Relative::kNone;
    bool logarithm = false;  // of what fold and relative give
    uint32_t version = 0;
  };

  FeaturePack() = default;
  void Keep(Lane lane, Extent extent);
  void MakeRoom(size_t rows);
  void Derive(size_t begin, size_t end);
  void Append(const CandleColumns& rows, size_t begin, size_t end);
  void SetCapacity(size_t rows);
  size_t Retained(Extent extent) const;
  RowView View() const;
  Status LoadColumns(ByteReader& in);
  void Rebuild();

  Interval base_;
  std::vector<std::string> names_;
  std::vector<Feature> features_;
  bool used_[kLaneCount] = {};
  Extent keeps_[kLaneCount];  // per lane, the most any feature needs
  int64_t micros_max_ = 0;    // the longest time window

  // The retained rows and some older ones, all columns aligned; [0, size_) is in use.
  std::vector<int64_t> time_;
  std::vector<double> lanes_[kLaneCount];
  size_t size_ = 0;
  size_t capacity_ = 0;
  EventTime series_open_ = kMinTime;  // of the first row; kMinTime once no window waits for it
  std::vector<double*> logarithms_;   // of a step: columns whose logarithm is still to be taken
};

}  // namespace tidemark
