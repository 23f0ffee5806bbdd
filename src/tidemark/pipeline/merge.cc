#include "tidemark/pipeline/merge.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <set>

namespace tidemark {
namespace {

bool SameValue(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool SameValues(const Candle& a, const Candle& b) {
  return SameValue(a.open, b.open) && SameValue(a.high, b.high) && SameValue(a.low, b.low) &&
         SameValue(a.close, b.close) && SameValue(a.volume, b.volume);
}

// All versions one key ever had. A file may give thousands (a column of days read as times), so
// from a few on they are found by order and not one by one.
class Versions {
 public:
  void Clear() {
    few_.clear();
    many_.clear();
  }
  void Add(const Candle& candle) {
    if (few_.size() < kFew) {
      few_.push_back(candle);
    } else {
      many_.insert(BitsOf(candle));
    }
  }
  bool Contains(const Candle& candle) const {
    return std::any_of(few_.begin(), few_.end(),
                       [&](const Candle& other) { return SameValues(other, candle); }) ||
           (!many_.empty() && many_.contains(BitsOf(candle)));
  }

 private:
  using Bits = std::array<uint64_t, 5>;
  static constexpr size_t kFew = 16;
  // Equal for values that are the same: one zero, one null.
  static Bits BitsOf(const Candle& c) {
    const auto bits = [](double x) {
      return std::isnan(x) ? ~uint64_t{0} : std::bit_cast<uint64_t>(x + 0.0);
    };
    return {bits(c.open), bits(c.high), bits(c.low), bits(c.close), bits(c.volume)};
  }
  std::vector<Candle> few_;
  std::set<Bits> many_;
};

Candle ValuesOf(const SpoolRow& r) {
  return {{r.open_time}, r.open, r.high, r.low, r.close, r.volume};
}

bool StrictlyIncreasing(const std::vector<SpoolRow>& rows) {
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i - 1].open_time >= rows[i].open_time) return false;
  }
  return true;
}

void AddChange(RangeSet* changes, int64_t open_time) {
  changes->Add({{open_time}, {open_time + 1}});
}

// The one key being merged: its current version and all it ever had.
class Key {
 public:
  Key(MergedMonth* out, const std::vector<int32_t>& ranks, ReceiveTime now)
      : out_(out), ranks_(ranks), now_(now) {}

  void Start() {
    has_current_ = false;
    changed_ = false;
    next_revision_ = 0;
    others_.Clear();
  }
  void SetStored(const StoredMonth& stored, size_t i) {
    has_current_ = true;
    current_ = {stored.rows.At(i), stored.source[i], stored.received_at[i], stored.revision[i]};
    next_revision_ = std::max(next_revision_, stored.revision[i] + 1);
  }
  void AddStoredVersion(const MergedMonth::Superseded& version) {
    others_.Add(version.values);
    next_revision_ = std::max(next_revision_, version.revision + 1);
  }
  void Take(const SpoolRow& row) {
    const Candle values = ValuesOf(row);
    MergeCounts& counts = out_->counts[static_cast<size_t>(row.source)];
    if ((has_current_ && SameValues(current_.values, values)) || others_.Contains(values)) {
      ++counts.duplicate;
      return;
    }
    const MergedMonth::Superseded version = {values, row.source, now_.us, next_revision_++};
    if (!has_current_) {
      ++counts.new_rows;
      current_ = version;
      has_current_ = changed_ = true;
      return;
    }
    ++counts.revised;
    const bool wins = row.rank >= ranks_[static_cast<size_t>(current_.source)];
    const MergedMonth::Superseded& loser = wins ? current_ : version;
    out_->superseded.push_back(loser);
    others_.Add(loser.values);
    if (wins) {
      current_ = version;
      changed_ = true;
    }
  }
  void Finish() {
    if (!has_current_) return;
    out_->rows.Append(current_.values);
    out_->source.push_back(current_.source);
    out_->received_at.push_back(current_.received_at);
    out_->revision.push_back(current_.revision);
    if (changed_) AddChange(&out_->changes, current_.values.open_time.us);
  }

 private:
  MergedMonth* out_;
  const std::vector<int32_t>& ranks_;
  ReceiveTime now_;
  bool has_current_ = false, changed_ = false;
  MergedMonth::Superseded current_{};
  Versions others_;
  int64_t next_revision_ = 0;
};

// Nothing is stored and nothing repeats: the rows are the result.
void TakeAllAsNew(const std::vector<SpoolRow>& incoming, ReceiveTime now, MergedMonth* out) {
  out->rows.Reserve(incoming.size());
  for (const SpoolRow& row : incoming) {
    out->rows.Append(ValuesOf(row));
    out->source.push_back(row.source);
    ++out->counts[static_cast<size_t>(row.source)].new_rows;
  }
  out->received_at.assign(incoming.size(), now.us);
  out->revision.assign(incoming.size(), 0);
  out->changes.Add({{incoming.front().open_time}, {incoming.back().open_time + 1}});
}

}  // namespace

MergedMonth Merge(const StoredMonth& stored, const std::vector<SpoolRow>& incoming,
                  const std::vector<int32_t>& ranks, ReceiveTime now) {
  MergedMonth out;
  out.counts.resize(ranks.size());
  if (stored.rows.size() == 0 && stored.superseded.empty() && !incoming.empty() &&
      StrictlyIncreasing(incoming)) {
    TakeAllAsNew(incoming, now, &out);
    return out;
  }
  std::vector<uint32_t> order(incoming.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return incoming[a].open_time < incoming[b].open_time;
  });
  Key key(&out, ranks, now);
  size_t s = 0, v = 0, i = 0;
  while (s < stored.rows.size() || i < order.size()) {
    int64_t time = INT64_MAX;
    if (s < stored.rows.size()) time = stored.rows.open_time[s];
    if (i < order.size()) time = std::min(time, incoming[order[i]].open_time);
    key.Start();
    while (v < stored.superseded.size() && stored.superseded[v].values.open_time.us < time) ++v;
    if (s < stored.rows.size() && stored.rows.open_time[s] == time) key.SetStored(stored, s++);
    while (v < stored.superseded.size() && stored.superseded[v].values.open_time.us == time) {
      key.AddStoredVersion(stored.superseded[v++]);
    }
    while (i < order.size() && incoming[order[i]].open_time == time) key.Take(incoming[order[i++]]);
    key.Finish();
  }
  return out;
}

}  // namespace tidemark
