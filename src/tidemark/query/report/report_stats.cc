#include "tidemark/query/report/report_stats.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tidemark/base/math.h"
#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

constexpr size_t kLeastRowsOfGroup = 100;
constexpr int kDeciles = 10;

int64_t DayOf(int64_t us) { return FloorToDay({us}).us; }

// A value and where it came from, together: sorting indices alone would jump about in memory.
struct Placed {
  double value;
  uint32_t at;
  bool operator<(const Placed& o) const { return value != o.value ? value < o.value : at < o.at; }
};

std::vector<Placed> Sorted(const std::vector<double>& values) {
  std::vector<Placed> placed(values.size());
  for (size_t i = 0; i < values.size(); ++i) placed[i] = {values[i], static_cast<uint32_t>(i)};
  std::sort(placed.begin(), placed.end());
  return placed;
}

// Ranks from 0, equal values sharing their mean.
std::vector<double> MeanRanks(const std::vector<double>& values) {
  const std::vector<Placed> sorted = Sorted(values);
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin + 1;
    while (end < sorted.size() && sorted[end].value == sorted[begin].value) ++end;
    const double mean = 0.5 * static_cast<double>(begin + end - 1);
    for (size_t i = begin; i < end; ++i) ranks[sorted[i].at] = mean;
    begin = end;
  }
  return ranks;
}

void AddRankIc(const std::map<int64_t, std::vector<uint32_t>>& groups, const ScoredForecasts& rows,
               const std::string& model, ThreadPool& threads, Batch* out) {
  std::vector<const std::vector<uint32_t>*> members;
  for (const auto& [group, indices] : groups) {
    if (indices.size() < kLeastRowsOfGroup) continue;
    members.push_back(&indices);
    (*out)["model"].strings.Append(model);
    (*out)["group"].ints.push_back(group);
    (*out)["n"].ints.push_back(static_cast<int64_t>(indices.size()));
    ++out->rows;
  }
  std::vector<double> correlations(members.size());
  threads.ParallelFor(members.size(), [&](size_t k) {
    std::vector<double> predicted, actual;
    for (const uint32_t i : *members[k]) {
      predicted.push_back(rows.predicted[i]);
      actual.push_back(rows.actual[i]);
    }
    correlations[k] = RankCorrelation(predicted, actual);
  });
  auto& ic = (*out)["ic"].doubles;
  ic.insert(ic.end(), correlations.begin(), correlations.end());
}

}  // namespace

Result<ScoredForecasts> ReadScoredForecasts(SqlSession& session, const std::string& where) {
  TM_ASSIGN(
      SqlResult result,
      session.Run("SELECT epoch_us(time) AS t, epoch_us(target_time) AS target, actual, "
                  "error_pct FROM outcomes WHERE actual IS NOT NULL AND error_pct < 100 AND " +
                  where));
  ScoredForecasts rows;
  SqlChunk chunk;
  for (;;) {
    TM_ASSIGN(const bool more, result.Next(&chunk));
    if (!more) break;
    const auto& c = chunk.columns;
    rows.time_us.insert(rows.time_us.end(), c[0].ints.begin(), c[0].ints.end());
    rows.target_us.insert(rows.target_us.end(), c[1].ints.begin(), c[1].ints.end());
    rows.actual.insert(rows.actual.end(), c[2].doubles.begin(), c[2].doubles.end());
    for (size_t i = 0; i < chunk.rows; ++i) {
      const double predicted = c[2].doubles[i] + Log1p(-c[3].doubles[i] / 100);
      rows.predicted.push_back(std::nearbyint(predicted * 1e12) / 1e12);
    }
  }
  return rows;
}

Schema DailySchema() {
  return {{{"model", ColumnType::kString, false},
           {"day", ColumnType::kTime, false},
           {"n", ColumnType::kInt, false},
           {"e", ColumnType::kDouble, false},
           {"e0", ColumnType::kDouble, false},
           {"q", ColumnType::kDouble, false},
           {"q0", ColumnType::kDouble, false}}};
}

void AddDaily(const ScoredForecasts& rows, const std::string& model, Batch* out) {
  struct Sums {
    int64_t n = 0;
    double e = 0, e0 = 0, q = 0, q0 = 0;
  };
  std::map<int64_t, Sums> days;
  Sums* sums = nullptr;
  int64_t day = INT64_MIN;
  for (size_t i = 0; i < rows.size(); ++i) {
    // Rows mostly come in time order: one look-up a day.
    if (sums == nullptr || rows.target_us[i] < day || rows.target_us[i] >= day + kMicrosPerDay) {
      day = DayOf(rows.target_us[i]);
      sums = &days[day];
    }
    const double error = rows.actual[i] - rows.predicted[i];
    ++sums->n;
    sums->e += std::fabs(error);
    sums->e0 += std::fabs(rows.actual[i]);
    sums->q += error * error;
    sums->q0 += rows.actual[i] * rows.actual[i];
  }
  for (const auto& [at, s] : days) {
    (*out)["model"].strings.Append(model);
    (*out)["day"].ints.push_back(at);
    (*out)["n"].ints.push_back(s.n);
    (*out)["e"].doubles.push_back(s.e);
    (*out)["e0"].doubles.push_back(s.e0);
    (*out)["q"].doubles.push_back(s.q);
    (*out)["q0"].doubles.push_back(s.q0);
    ++out->rows;
  }
}

Schema DecilesSchema() {
  return {{{"model", ColumnType::kString, false},
           {"decile", ColumnType::kInt, false},
           {"n", ColumnType::kInt, false},
           {"predicted", ColumnType::kDouble, false},
           {"actual", ColumnType::kDouble, false},
           {"se", ColumnType::kDouble, true}}};
}

void AddDeciles(const ScoredForecasts& rows, const std::string& model, Batch* out) {
  if (rows.size() < kDeciles) return;
  std::vector<Placed> order = Sorted(rows.predicted);
  for (size_t decile = 0; decile < kDeciles; ++decile) {
    const size_t begin = decile * rows.size() / kDeciles;
    const size_t end = (decile + 1) * rows.size() / kDeciles;
    // Back to time order: sums per day then need no sorted map of all rows.
    std::sort(order.begin() + static_cast<ptrdiff_t>(begin),
              order.begin() + static_cast<ptrdiff_t>(end),
              [](const Placed& a, const Placed& b) { return a.at < b.at; });
    struct Day {
      int64_t at;
      double n, actual;
    };
    std::vector<Day> days;
    double predicted = 0;
    double actual = 0;
    for (size_t i = begin; i < end; ++i) {
      const int64_t target = rows.target_us[order[i].at];
      if (days.empty() || target < days.back().at || target >= days.back().at + kMicrosPerDay) {
        days.push_back({DayOf(target), 0, 0});
      }
      predicted += rows.predicted[order[i].at];
      actual += rows.actual[order[i].at];
      days.back().n += 1;
      days.back().actual += rows.actual[order[i].at];
    }
    const auto n = static_cast<double>(end - begin);
    const double mean = actual / n;
    double squares = 0;
    for (const Day& day : days) {
      squares += (day.actual - mean * day.n) * (day.actual - mean * day.n);
    }
    (*out)["model"].strings.Append(model);
    (*out)["decile"].ints.push_back(static_cast<int64_t>(decile) + 1);
    (*out)["n"].ints.push_back(static_cast<int64_t>(end - begin));
    (*out)["predicted"].doubles.push_back(predicted / n);
    (*out)["actual"].doubles.push_back(mean);
    (*out)["se"].doubles.push_back(days.size() > 1 ? std::sqrt(squares) / n : kNull);
    ++out->rows;
  }
}

Schema RankIcSchema() {
  return {{{"model", ColumnType::kString, false},
           {"group", ColumnType::kInt, false},
           {"n", ColumnType::kInt, false},
           {"ic", ColumnType::kDouble, true}}};
}

void AddRankIcByMonth(const ScoredForecasts& rows, const std::string& model, ThreadPool& threads,
                      Batch* out) {
  std::map<int64_t, std::vector<uint32_t>> months;
  int64_t month = INT64_MAX;
  int64_t next = INT64_MIN;
  std::vector<uint32_t>* members = nullptr;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows.target_us[i] < month || rows.target_us[i] >= next) {
      month = FloorToMonth({rows.target_us[i]}).us;
      next = AddMonths({rows.target_us[i]}, 1).us;
      members = &months[month / kMicrosPerSecond];
    }
    members->push_back(static_cast<uint32_t>(i));
  }
  AddRankIc(months, rows, model, threads, out);
}

void AddRankIcByHour(const ScoredForecasts& rows, const std::string& model, ThreadPool& threads,
                     Batch* out) {
  std::map<int64_t, std::vector<uint32_t>> hours;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t in_day = rows.time_us[i] - DayOf(rows.time_us[i]);
    hours[in_day / kMicrosPerHour].push_back(static_cast<uint32_t>(i));
  }
  AddRankIc(hours, rows, model, threads, out);
}

double RankCorrelation(const std::vector<double>& x, const std::vector<double>& y) {
  const std::vector<double> rx = MeanRanks(x);
  const std::vector<double> ry = MeanRanks(y);
  const double mean = 0.5 * (static_cast<double>(x.size()) - 1);
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < rx.size(); ++i) {
    xx += (rx[i] - mean) * (rx[i] - mean);
    yy += (ry[i] - mean) * (ry[i] - mean);
    xy += (rx[i] - mean) * (ry[i] - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kNull;
}

}  // namespace tidemark
