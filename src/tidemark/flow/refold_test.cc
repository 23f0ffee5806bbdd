#include "tidemark/flow/refold.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace tidemark {
namespace {

class MapStore : public SnapshotStore {
 public:
  Result<std::vector<EventTime>> Boundaries() override {
    std::vector<EventTime> all;
    for (const auto& [boundary, state] : states) all.push_back(boundary);
    return all;
  }
  Result<std::optional<Bytes>> Get(EventTime boundary) override {
    const auto it = states.find(boundary);
    return it == states.end() ? std::nullopt : std::optional<Bytes>(it->second);
  }
  void Put(EventTime boundary, Bytes state) override { states[boundary] = std::move(state); }
  void Erase(EventTime boundary) override { states.erase(boundary); }
  std::map<EventTime, Bytes> states;
};

// Sums of the last three values: a window that forgets.
class WindowFold : public Fold {
 public:
  std::map<EventTime, int> input;
  std::map<EventTime, int> output;
  int steps = 0;

  void Reset() override { window_.clear(); }
  Bytes Save() const override {
    ByteWriter out;
    out.PutSpan<int>(window_);
    return out.bytes();
  }
  Status Load(std::string_view state) override {
    ByteReader in(state);
    window_ = in.GetVector<int>();
    return in.Finish("window");
  }
  Status FoldStep(TimeRange step) override {
    ++steps;
    output.erase(output.lower_bound(step.start), output.lower_bound(step.end));
    for (auto it = input.lower_bound(step.start); it != input.lower_bound(step.end); ++it) {
      window_.push_back(it->second);
      if (window_.size() > 3) window_.erase(window_.begin());
      int sum = 0;
      for (const int value : window_) sum += value;
      output[it->first] = sum;
    }
    return {};
  }

 private:
  std::vector<int> window_;
};

EventTime Day(int64_t n) { return {n * kMicrosPerDay}; }

TEST(Refold, ACorrectionStopsWhereTheStateMeetsTheStoredOne) {
  MapStore store;
  WindowFold fold;
  for (int d = 0; d < 400; ++d) fold.input[Day(d)] = d;
  const TimeRange extent = {Day(0), Day(400)};
  ASSERT_TRUE(Refold(RangeSet(extent), extent, store, fold).has_value());
  // Midnight of day 0 closes December 1969; then January 1970 to February 1971.
  EXPECT_EQ(fold.steps, 15);
  fold.steps = 0;
  fold.input[Day(100)] = -1;
  const auto refolded = Refold(RangeSet({Day(100), Day(101)}), extent, store, fold);
  ASSERT_TRUE(refolded.has_value());
  EXPECT_EQ(fold.steps, 1);
  EXPECT_EQ(fold.output[Day(102)], -1 + 101 + 102);
}

TEST(Refold, AnAppendFoldsOnlyTheNewRows) {
  MapStore store;
  WindowFold fold;
  for (int d = 0; d < 40; ++d) fold.input[Day(d)] = 1;
  ASSERT_TRUE(Refold({}, {Day(0), Day(40)}, store, fold).has_value());
  fold.input[Day(40)] = 5;
  const auto refolded = Refold(RangeSet({Day(40), Day(41)}), {Day(0), Day(41)}, store, fold);
  EXPECT_EQ(refolded.value(), RangeSet({Day(40), Day(41)}));
  EXPECT_EQ(fold.output[Day(40)], 7);
}

// Any history of edits, deletions and appends ends with the output and the state of a fresh fold.
RC_GTEST_PROP(Refold, EqualsAFreshFoldAfterAnyHistory, ()) {
  MapStore store;
  WindowFold fold;
  EventTime tip = Day(1);
  const int epochs = *rc::gen::inRange(1, 8);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    RangeSet changes;
    tip = tip + *rc::gen::inRange<int64_t>(0, 50) * kMicrosPerDay;
    const int edits = *rc::gen::inRange(0, 6);
    for (int i = 0; i < edits; ++i) {
      const EventTime day = Day(*rc::gen::inRange<int64_t>(0, tip.us / kMicrosPerDay));
      if (*rc::gen::inRange(0, 3) == 0) {
        fold.input.erase(day);
      } else {
        fold.input[day] = *rc::gen::inRange(0, 3);
      }
      changes.Add({day, day + 1});
    }
    RC_ASSERT(Refold(changes, {Day(0), tip}, store, fold).has_value());
    WindowFold fresh;
    MapStore fresh_store;
    fresh.input = fold.input;
    RC_ASSERT(Refold({}, {Day(0), tip}, fresh_store, fresh).has_value());
    RC_ASSERT(fold.output == fresh.output);
    RC_ASSERT(store.states.at(tip) == fresh_store.states.at(tip));
  }
}

}  // namespace
}  // namespace tidemark
