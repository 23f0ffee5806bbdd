#include "tidemark/pipeline/merge.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace tidemark {
namespace {

bool SameValue(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

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

bool SameValues(const Candle& a, const Candle& b) {
  return SameValue(a.open, b.open) && SameValue(a.high, b.high) && SameValue(a.low, b.low) &&
         SameValue(a.close, b.close) && SameValue(a.volume, b.volume);
}

std::array<uint64_t, 5> BitsOf(const Candle& c) {
  const auto bits = [](double x) {  // one zero, one null
    return std::isnan(x) ? ~uint64_t{0} : std::bit_cast<uint64_t>(x + 0.0);
  };
  return {bits(c.open), bits(c.high), bits(c.low), bits(c.close), bits(c.volume)};
}

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
  VersionedKey<Candle> key(&out.superseded, &out.counts, ranks, now);
  size_t s = 0, v = 0, i = 0;
  while (s < stored.rows.size() || i < order.size()) {
    int64_t time = INT64_MAX;
    if (s < stored.rows.size()) time = stored.rows.open_time[s];
    if (i < order.size()) time = std::min(time, incoming[order[i]].open_time);
    key.Start();
    while (v < stored.superseded.size() && stored.superseded[v].values.open_time.us < time) ++v;
    if (s < stored.rows.size() && stored.rows.open_time[s] == time) {
      key.SetStored(
          {stored.rows.At(s), stored.source[s], stored.received_at[s], stored.revision[s]});
      ++s;
    }
    while (v < stored.superseded.size() && stored.superseded[v].values.open_time.us == time) {
      key.AddStoredVersion(stored.superseded[v++]);
    }
    for (; i < order.size() && incoming[order[i]].open_time == time; ++i) {
      const SpoolRow& row = incoming[order[i]];
      key.Take(ValuesOf(row), row.source, row.rank);
    }
    if (!key.has_current()) continue;
    const Version<Candle>& current = key.current();
    out.rows.Append(current.values);
    out.source.push_back(current.source);
    out.received_at.push_back(current.received_at);
    out.revision.push_back(current.revision);
    if (key.changed()) AddChange(&out.changes, time);
  }
  return out;
}

}  // namespace tidemark
