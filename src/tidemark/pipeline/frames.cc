#include "tidemark/pipeline/frames.h"

#include <algorithm>
#include <cmath>

#include "tidemark/flow/fold_month.h"

namespace tidemark {
namespace {

// A training window of 365 days touches thirteen months; one more is being predicted.
constexpr size_t kFramesCached = 15;
constexpr size_t kSeriesColumns = 4;  // venue, symbol, interval, time

void AppendPart(const FeatureOverlay::Piece& piece, TimeRange range, Frame* frame) {
  const auto at = [&](EventTime t) {
    return std::lower_bound(piece.time.begin(), piece.time.end(), t.us) - piece.time.begin();
  };
  const auto begin = at(range.start), end = at(range.end);
  frame->time.insert(frame->time.end(), piece.time.begin() + begin, piece.time.begin() + end);
  for (size_t f = 0; f < frame->features.size(); ++f) {
    const auto& column = piece.columns[f];
    frame->features[f].insert(frame->features[f].end(), column.begin() + begin,
                              column.begin() + end);
  }
}

}  // namespace

FeatureView Frame::View() const {
  FeatureView view;
  view.time = time;
  for (const auto& column : features) view.features.push_back(column.data());
  view.target = targets.actual;
  view.target_time = targets.target_time;
  view.usable = targets.usable;
  view.rows = time.size();
  view.complete = complete;
  return view;
}

Result<std::shared_ptr<const Frame>> FrameStore::Get(EventTime month) {
  if (const auto it = cache_.find(month); it != cache_.end()) {
    recent_.remove(month);
    recent_.push_front(month);
    return it->second;
  }
  TM_ASSIGN(Frame frame, Make(month));
  auto shared = std::make_shared<const Frame>(std::move(frame));
  cache_[month] = shared;
  recent_.push_front(month);
  if (recent_.size() > kFramesCached) {
    cache_.erase(recent_.back());
    recent_.pop_back();
  }
  return shared;
}

// Stored rows where nothing was folded in this epoch, folded rows elsewhere.
Status FrameStore::ReadFeatures(Frame* frame) {
  const TimeRange month = FoldMonth(frame->month);
  const TimeRange wanted = {month.start, std::min(month.end, tip_)};
  TM_ASSIGN(const auto pieces, overlay_.Overlapping(wanted));
  frame->features.resize(spec_.schema.fields.size() - kSeriesColumns);
  EventTime position = wanted.start;
  const auto append_stored = [&](TimeRange range) -> Status {
    if (range.empty() || !view_.HasTable(spec_.name)) return {};
    TM_ASSIGN(Batch batch,
              view_.Read(spec_, {.series = KeyOf(base_.id()), .times = range, .columns = {}}));
    auto& time = batch["time"].ints;
    frame->time.insert(frame->time.end(), time.begin(), time.end());
    for (size_t f = 0; f < frame->features.size(); ++f) {
      auto& column = batch.columns[kSeriesColumns + f].doubles;
      frame->features[f].insert(frame->features[f].end(), column.begin(), column.end());
    }
    return {};
  };
  for (const auto& piece : pieces) {
    TM_TRY(append_stored({position, piece->range.start}));
    AppendPart(*piece, wanted, frame);
    position = std::max(position, piece->range.end);
  }
  return append_stored({position, wanted.end});
}

Result<CloseWindow> FrameStore::Closes(EventTime month) {
  const TimeRange range = FoldMonth(month);
  CloseWindow window;
  const auto add = [&](const CandleColumns& rows, bool in_front) {
    std::vector<int64_t> time;
    time.reserve(rows.size());
    for (const int64_t open : rows.open_time) {
      time.push_back(base_.id().interval.CloseOf({open}).us);
    }
    window.time.insert(in_front ? window.time.begin() : window.time.end(), time.begin(),
                       time.end());
    window.close.insert(in_front ? window.close.begin() : window.close.end(), rows.close.begin(),
                        rows.close.end());
  };
  TM_ASSIGN(const CandleColumns own, base_.ReadByClose(range));
  add(own, false);
  const size_t own_rows = own.size();
  const Horizon& horizon = options_.horizon;
  // Backwards: rows whose target may lie in the month.
  size_t before = 0;
  for (EventTime earlier = AddMonths(month, -1); earlier >= base_.first_month();
       earlier = AddMonths(earlier, -1)) {
    TM_ASSIGN(const CandleColumns rows, base_.ReadByClose(FoldMonth(earlier)));
    add(rows, true);
    before += rows.size();
    if (horizon.rows > 0 ? before >= static_cast<size_t>(horizon.rows)
                         : range.start - FoldMonth(earlier).start >= horizon.micros) {
      break;
    }
  }
  // Forwards: rows that the targets of the month's rows need.
  size_t after = 0;
  for (EventTime later = AddMonths(month, 1); FoldMonth(later).start < tip_;
       later = AddMonths(later, 1)) {
    TM_ASSIGN(const CandleColumns rows, base_.ReadByClose(FoldMonth(later)));
    add(rows, false);
    after += rows.size();
    if (horizon.rows > 0 ? after >= static_cast<size_t>(horizon.rows)
                         : after > 0 && window.time.back() - range.end.us > horizon.micros) {
      break;
    }
  }
  window.begin = before;
  window.end = before + own_rows;
  return window;
}

Result<Frame> FrameStore::Make(EventTime month) {
  Frame frame;
  frame.month = month;
  TM_TRY(ReadFeatures(&frame));
  TM_ASSIGN(const CloseWindow window, Closes(month));
  if (window.end - window.begin != frame.time.size() ||
      !std::equal(frame.time.begin(), frame.time.end(),
                  window.time.begin() + static_cast<ptrdiff_t>(window.begin))) {
    return Fail(ErrorCode::kCorrupt, "features of " + base_.id().ToString() + " in " +
                                         FormatDate(month) +
                                         " do not stand beside the candles: run `tidemark verify`");
  }
  frame.close.assign(window.close.begin() + static_cast<ptrdiff_t>(window.begin),
                     window.close.begin() + static_cast<ptrdiff_t>(window.end));
  frame.targets =
      ComputeTargets(window.time, window.close, window.begin, window.end, options_.horizon,
                     options_.max_target_span_us, options_.outages, tip_ - 1);
  frame.complete = CompleteRows(frame.View());
  return frame;
}

}  // namespace tidemark
