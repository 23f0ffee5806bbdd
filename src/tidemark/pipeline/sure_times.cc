#include "tidemark/pipeline/sure_times.h"

#include <memory>
#include <vector>

namespace tidemark {
namespace {

std::unique_ptr<SnapshotStore> StoreOf(Snapshots& snapshots, Sure what, const std::string& series) {
  return snapshots.Open(std::string(OperatorOf(what)), series);
}

}  // namespace

std::string_view OperatorOf(Sure what) {
  return what == Sure::kTrades ? "cross_check" : "feed_candles";
}

Result<EventTime> SureTo(Snapshots& snapshots, Sure what, const std::string& series) {
  const auto store = StoreOf(snapshots, what, series);
  TM_ASSIGN(const std::vector<EventTime> stored, store->Boundaries());
  const bool known = !stored.empty() && store->Get(stored.back());  // else damaged
  return known ? stored.back() : kMinTime;
}

Status PutSure(Snapshots& snapshots, const SureTimes& sure) {
  for (const auto& [of, to] : sure) {
    const auto store = StoreOf(snapshots, of.first, of.second);
    TM_ASSIGN(const std::vector<EventTime> stored, store->Boundaries());
    if (stored == std::vector{to}) continue;
    for (const EventTime boundary : stored) store->Erase(boundary);
    store->Put(to, {});
  }
  return {};
}

}  // namespace tidemark
