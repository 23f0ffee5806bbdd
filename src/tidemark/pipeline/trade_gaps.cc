#include "tidemark/pipeline/trade_gaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tidemark/market/tables.h"

namespace tidemark {
namespace {

constexpr std::string_view kOpened = "opened";

// Takes a number off the front; null when there is none.
std::optional<int64_t> TakeNumber(std::string_view* text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc()) return std::nullopt;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return value;
}

bool Take(std::string_view words, std::string_view* text) {
  if (!text->starts_with(words)) return false;
  text->remove_prefix(words.size());
  return true;
}

}  // namespace

std::optional<std::pair<int64_t, int64_t>> TradeGap::ids() const {
  std::string_view text = reason;
  if (!Take("ids ", &text)) return std::nullopt;
  const auto first = TakeNumber(&text);
  if (!first || !Take(" to ", &text)) return std::nullopt;
  const auto last = TakeNumber(&text);
  if (!last || !text.empty() || *last < *first || *last == INT64_MAX) return std::nullopt;
  return std::pair(*first, *last + 1);
}

TradeGap TradeGapOf(const IdGap& gap) {
  return {gap.times.start, gap.times.end, fmt::format("ids {} to {}", gap.begin, gap.end - 1)};
}

std::optional<IdGap> IdGapOf(const TradeGap& gap) {
  const auto ids = gap.ids();
  if (!ids) return std::nullopt;
  return IdGap{ids->first, ids->second, {gap.from, gap.to}};
}

void TradeGaps::Add(const Batch& events) {
  const StringColumn& tables = events["table"].strings;
  const StringColumn& kinds = events["event"].strings;
  std::vector<size_t> order;
  for (size_t i = 0; i < events.rows; ++i) {
    if (tables.At(i) == TradesTable().name) order.push_back(i);
  }
  // What was opened and healed in one epoch is healed.
  const auto when = [&](size_t i) {
    return std::pair(events["epoch"].ints[i], kinds.At(i) == kOpened ? 0 : 1);
  };
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return when(a) < when(b); });
  for (const size_t i : order) {
    const auto series =
        TradeSeriesId::Parse(events["venue"].strings.At(i) + " " + events["symbol"].strings.At(i));
    if (!series) continue;
    TradeGap gap = {
        {events["from"].ints[i]}, {events["to"].ints[i]}, events["reason"].strings.At(i)};
    if (kinds.At(i) == kOpened) {
      open_[*series].insert(std::move(gap));
    } else if (const auto of = open_.find(*series); of != open_.end()) {
      of->second.erase(gap);
      if (of->second.empty()) open_.erase(of);
    }
  }
}

const TradeGapSet& TradeGaps::Of(const TradeSeriesId& series) const {
  static const TradeGapSet kNone;
  const auto it = open_.find(series);
  return it == open_.end() ? kNone : it->second;
}

Result<TradeGaps> TradeGapsOf(const LakeView& view) {
  TradeGaps gaps;
  // Lakes of candles alone may have many events, and none is of these.
  if (!view.HasTable(TradesTable().name) || !view.HasTable(GapEventsTable().name)) return gaps;
  TM_ASSIGN(const Batch events, view.Read(GapEventsTable(), {}));
  gaps.Add(events);
  return gaps;
}

RangeSet TimesOf(const TradeGapSet& gaps) {
  RangeSet times;
  for (const TradeGap& gap : gaps) times.Add(gap.times());
  return times;
}

RangeSet ChangeOf(const TradeGapSet& before, const TradeGapSet& after) {
  RangeSet times;
  for (const TradeGap& gap : before) {
    if (!after.contains(gap)) times.Add(gap.times());
  }
  for (const TradeGap& gap : after) {
    if (!before.contains(gap)) times.Add(gap.times());
  }
  return times;
}

void AppendGapEvent(const TradeSeriesId& series, const TradeGap& gap, std::string_view event,
                    Batch* events) {
  Batch& batch = *events;
  batch["table"].strings.Append(TradesTable().name);
  batch["venue"].strings.Append(series.venue);
  batch["symbol"].strings.Append(series.symbol.text());
  batch["interval"].strings.Append("");
  batch["from"].ints.push_back(gap.from.us);
  batch["to"].ints.push_back(gap.to.us);
  batch["epoch"].ints.push_back(0);  // set when it is known
  batch["event"].strings.Append(event);
  batch["reason"].strings.Append(gap.reason);
  batch.SetRows(batch.rows + 1);
}

Batch TradeGapRows(const TradeSeriesId& series, const TradeGapSet& gaps) {
  const RangeSet times = TimesOf(gaps);
  const size_t n = times.ranges().size();
  Batch batch(GapsTable().schema);
  batch["table"].strings.AppendRepeated(TradesTable().name, n);
  batch["venue"].strings.AppendRepeated(series.venue, n);
  batch["symbol"].strings.AppendRepeated(series.symbol.text(), n);
  batch["interval"].strings.AppendRepeated("", n);
  auto gap = gaps.begin();
  for (const TimeRange& range : times.ranges()) {
    int64_t missing = 0;
    for (; gap != gaps.end() && gap->from < range.end; ++gap) {
      if (const auto ids = gap->ids()) missing += ids->second - ids->first;
    }
    batch["from"].ints.push_back(range.start.us);
    batch["to"].ints.push_back(range.end.us);
    batch["missing"].ints.push_back(missing);
    batch["suspected_outage"].ints.push_back(0);
  }
  batch.SetRows(n);
  return batch;
}

}  // namespace tidemark
