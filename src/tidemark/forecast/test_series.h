// A seeded series with features and targets, cut into months: what the tests of this room fit on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/random.h"
#include "tidemark/base/time.h"
#include "tidemark/forecast/gram.h"
#include "tidemark/forecast/model.h"
#include "tidemark/market/candle.h"

namespace tidemark {

struct TestSeries {
  std::vector<int64_t> time, target_time;
  std::vector<std::vector<double>> columns;
  std::vector<double> target;
  std::vector<uint8_t> usable;
  std::vector<size_t> month_begin;  // first rows of the months, then the number of rows

  // Features are smooth noise with nulls in the first rows and some unusable targets; the target
  // follows the first two a little. `levels` > 0 rounds features to that many integers.
  TestSeries(uint64_t seed, size_t rows, size_t features, int levels = 0) {
    Random random(seed);
    columns.assign(features, std::vector<double>(rows));
    std::vector<double> state(features, 0.0);
    month_begin.push_back(0);
    EventTime month = FloorToMonth({1'500'000'000 * kMicrosPerSecond});
    int64_t t = month.us;
    for (size_t i = 0; i < rows; ++i) {
      t += kMicrosPerMinute * static_cast<int64_t>(1 + random.Below(8));
      if (AddMonths(month, 1).us <= t) {
        month = AddMonths(month, 1);
        month_begin.push_back(i);
      }
      time.push_back(t);
      target_time.push_back(t + 60 * kMicrosPerMinute);
      for (size_t f = 0; f < features; ++f) {
        state[f] = 0.9 * state[f] + random.Normal() * static_cast<double>(f + 1);
        columns[f][i] = state[f];
        if (levels > 0)
          columns[f][i] = static_cast<double>(random.Below(static_cast<uint64_t>(levels)));
        if (i < 3 * f) columns[f][i] = kNull;
      }
      double y = 0.01 * random.Normal();
      if (i >= 3 * features) {
        y += 0.001 * columns[0][i] + (columns[features - 1][i] > 0.5 ? 0.004 : -0.004);
      }
      if (random.Below(500) == 0) y *= 60;  // what clipping is for
      target.push_back(y);
      usable.push_back(random.Below(50) != 0);
    }
    month_begin.push_back(rows);
  }

  FeatureView View(size_t begin, size_t end) const {
    FeatureView view;
    view.rows = end - begin;
    view.time = {time.data() + begin, view.rows};
    for (const auto& column : columns) view.features.push_back(column.data() + begin);
    view.target = {target.data() + begin, view.rows};
    view.target_time = {target_time.data() + begin, view.rows};
    view.usable = {usable.data() + begin, view.rows};
    return view;
  }
  FeatureView All() const { return View(0, time.size()); }
  std::vector<TrainingMonth> Months() const {
    std::vector<TrainingMonth> months;
    for (size_t m = 0; m + 1 < month_begin.size(); ++m) {
      months.push_back({View(month_begin[m], month_begin[m + 1]), {}, nullptr, ""});
    }
    return months;
  }
  FitContext Context() const {
    FitContext context;
    for (size_t f = 0; f < columns.size(); ++f) {
      context.feature_names.push_back("f" + std::to_string(f));
    }
    context.feature_spec_hash = "spec";
    context.options.min_training_rows = 100;
    context.options.min_leaf = 50;
    context.options.boosted = {.rounds = 20, .max_depth = 6, .min_leaf = 50, .learning_rate = 0.05};
    return context;
  }
};

}  // namespace tidemark
