// Calendar: where in the UTC day and week a row closes, as a point on a circle, so that 23:59 and
// 00:00 are neighbours.
//
//   minute_of_day_sin = sin(2π · m / 1440), m = whole minutes since midnight;  _cos alike
//   day_of_week_sin   = sin(2π · d / 7),    d = 0 on Mondays;                  _cos alike
//
// From row 0 on; depends on nothing but the row's own time.
//
//   close time  Mon 00:00  Mon 06:00  Mon 12:00  Tue 00:00
//   minute_of_day_sin  0          1          0          0        minute_of_day_cos  1  0  -1  1
//   day_of_week_sin    0          0          0          0.7818
#include "tidemark/base/math.h"
#include "tidemark/base/time.h"
#include "tidemark/feature/catalogue.h"

namespace tidemark {
namespace {

enum class Cycle { kDay, kWeek };

template <Cycle kCycle, bool kSine>
class Calendar final : public FeatureOperator {
 public:
  explicit Calendar(const FeatureSpec&) {
    const size_t steps = kCycle == Cycle::kDay ? 1440 : 7;
    for (size_t i = 0; i < steps; ++i) {
      const double angle =
          6.283185307179586476925286766559 * (static_cast<double>(i) / static_cast<double>(steps));
      table_.push_back(kSine ? Sin(angle) : Cos(angle));
    }
  }
  std::vector<Lane> lanes() const override { return {Lane::kTime}; }
  Extent keeps() const override { return {}; }
  int64_t warmup_rows() const override { return 0; }
  void Reset() override {}
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    for (size_t i = begin; i < end; ++i) {
      const EventTime time{rows.time[i]};
      const int64_t place = kCycle == Cycle::kDay ? (time - FloorToDay(time)) / kMicrosPerMinute
                                                  : (time - FloorToWeek(time)) / kMicrosPerDay;
      out[i - begin] = table_[static_cast<size_t>(place)];
    }
  }

 private:
  std::vector<double> table_;
};

FeatureInfo CalendarInfo(std::string name, std::string summary, std::string formula,
                         std::unique_ptr<FeatureOperator> (*make)(const FeatureSpec&)) {
  return {.name = std::move(name),
          .family = "calendar",
          .summary = std::move(summary),
          .parameters = {},
          .unit = "-1 to 1",
          .formula = std::move(formula),
          .warmup = "0",
          .make = make};
}

}  // namespace

std::vector<FeatureInfo> CalendarFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back(CalendarInfo("minute_of_day_sin", "time of day, first coordinate",
                             "sin(2π · minute / 1440)", MakeFeature<Calendar<Cycle::kDay, true>>));
  all.push_back(CalendarInfo("minute_of_day_cos", "time of day, second coordinate",
                             "cos(2π · minute / 1440)", MakeFeature<Calendar<Cycle::kDay, false>>));
  all.push_back(CalendarInfo("day_of_week_sin", "day of week, first coordinate",
                             "sin(2π · day / 7), Monday 0",
                             MakeFeature<Calendar<Cycle::kWeek, true>>));
  all.push_back(CalendarInfo("day_of_week_cos", "day of week, second coordinate",
                             "cos(2π · day / 7), Monday 0",
                             MakeFeature<Calendar<Cycle::kWeek, false>>));
  return all;
}

}  // namespace tidemark
