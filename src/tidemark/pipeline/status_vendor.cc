#include "tidemark/pipeline/status_vendor.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

constexpr int64_t kLookback = 30 * kMicrosPerDay;

class Differences {
 public:
  void Add(double vendor, double ours) {
    if (std::isnan(vendor) || !(ours > 0)) return;
    all_.push_back(std::fabs(vendor - ours) / ours);
  }
  RelativeDifference Summary() {
    RelativeDifference summary;
    summary.compared = static_cast<int64_t>(all_.size());
    if (all_.empty()) return summary;
    std::ranges::sort(all_);
    const size_t n = all_.size();
    summary.differ = all_.end() - std::ranges::upper_bound(all_, 0.0);
    summary.median = (all_[(n - 1) / 2] + all_[n / 2]) / 2;
    summary.max = all_.back();
    return summary;
  }

 private:
  std::vector<double> all_;
};

}  // namespace

Result<std::vector<VendorDifference>> ReadVendorDifferences(const LakeView& view,
                                                            const LakeStatus& status,
                                                            const Selection& selection) {
  std::vector<VendorDifference> found;
  for (const SeriesStatus& series : status.series) {
    const auto trades = std::ranges::find_if(status.trades, [&](const TradesStatus& t) {
      return t.series.venue == series.series.venue && t.series.symbol == series.series.symbol;
    });
    if (trades == status.trades.end()) continue;
    const EventTime end =
        std::min({series.last_open + 1, trades->last_open + 1, selection.times.end});
    VendorDifference difference;
    difference.series = series.series;
    difference.times = {std::max(end - kLookback, selection.times.start), end};
    TM_ASSIGN(const Batch vendor,
              view.Read(VendorCandlesTable(), {.series = series.series,
                                               .times = difference.times,
                                               .columns = {"open_time", "close", "volume"}}));
    TM_ASSIGN(const Batch ours,
              view.Read(CandlesTable(), {.series = series.series,
                                         .times = difference.times,
                                         .columns = {"open_time", "close", "volume", "origin"}}));
    Differences close, volume;
    const auto& times = vendor["open_time"].ints;
    size_t v = 0;
    for (size_t i = 0; i < ours.rows; ++i) {
      const int64_t time = ours["open_time"].ints[i];
      while (v < times.size() && times[v] < time) ++v;
      if (v == times.size()) break;
      if (times[v] != time || ours["origin"].strings.At(i) != "trades") continue;
      close.Add(vendor["close"].doubles[v], ours["close"].doubles[i]);
      volume.Add(vendor["volume"].doubles[v], ours["volume"].doubles[i]);
    }
    difference.close = close.Summary();
    difference.volume = volume.Summary();
    if (difference.close.compared > 0) found.push_back(std::move(difference));
  }
  return found;
}

}  // namespace tidemark
