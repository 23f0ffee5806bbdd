#include "tidemark/flow/refold.h"

#include <algorithm>

#include "tidemark/flow/fold_month.h"

namespace tidemark {
namespace {

bool IsMonthStart(EventTime t) { return FoldMonth(FoldMonthOf(t)).start == t; }

// The end of the step that begins at `from`: the next month start, stored boundary or the tip.
EventTime StepEnd(EventTime from, EventTime tip, const std::vector<EventTime>& stored) {
  EventTime end = std::min(tip, FoldMonth(FoldMonthOf(from)).end);
  const auto next = std::upper_bound(stored.begin(), stored.end(), from);
  if (next != stored.end()) end = std::min(end, *next);
  return end;
}

void ForgetOldTips(EventTime tip, size_t kept, std::vector<EventTime> stored,
                   SnapshotStore& store) {
  std::erase_if(stored, [&](EventTime t) { return IsMonthStart(t) || t >= tip; });
  for (size_t i = 0; i + kept < stored.size() + 1; ++i) store.Erase(stored[i]);
}

}  // namespace

Result<RangeSet> Refold(const RangeSet& changes, TimeRange extent, SnapshotStore& store, Fold& fold,
                        const RefoldOptions& options) {
  RangeSet refolded;
  TM_ASSIGN(std::vector<EventTime> stored, store.Boundaries());
  // Everything after the last stored boundary is new, whatever `changes` says.
  RangeSet todo = changes.Clip(extent);
  const EventTime known_until = stored.empty() ? extent.start : stored.back();
  todo.Add(TimeRange{std::max(known_until, extent.start), extent.end});

  EventTime position = kMinTime;  // the fold's state is the one at this boundary
  for (const TimeRange& range : todo.ranges()) {
    if (range.end <= position) continue;
    if (position < range.start) {
      const auto after = std::upper_bound(stored.begin(), stored.end(), range.start);
      if (after == stored.begin()) {
        fold.Reset();
        position = std::min(extent.start, range.start);
      } else if (*std::prev(after) > position) {
        position = *std::prev(after);
        TM_ASSIGN(const std::optional<Bytes> state, store.Get(position));
        if (!state) return Fail(ErrorCode::kCorrupt, "a snapshot vanished");
        TM_TRY(fold.Load(*state));
      }
    }
    while (position < extent.end) {
      const TimeRange step = {position, StepEnd(position, extent.end, stored)};
      TM_TRY(fold.FoldStep(step));
      refolded.Add(step);
      position = step.end;
      Bytes state = fold.Save();
      const bool had = std::binary_search(stored.begin(), stored.end(), position);
      if (had) {
        TM_ASSIGN(const std::optional<Bytes> before, store.Get(position));
        if (before && *before == state) {
          if (position >= range.end) break;
          continue;
        }
      }
      if (had || IsMonthStart(position) || position == extent.end) {
        store.Put(position, std::move(state));
      }
    }
  }
  TM_ASSIGN(stored, store.Boundaries());
  ForgetOldTips(extent.end, options.tips_kept, std::move(stored), store);
  return refolded;
}

}  // namespace tidemark
