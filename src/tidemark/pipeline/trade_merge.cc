#include "tidemark/pipeline/trade_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <compare>
#include <numeric>
#include <string_view>
#include <tuple>

#include "tidemark/base/bytes.h"
#include "tidemark/base/hash.h"

namespace tidemark {
namespace {

// A made id stands beside the venue's: no venue's id begins so.
constexpr std::string_view kMadeId = "~";

bool IsMade(const TradeColumns& rows, size_t i) {
  return !rows.id_text.empty() && rows.id_text[i].starts_with(kMadeId);
}

struct KeyOfTrade {
  int64_t time;
  int64_t id;  // kNullInt, the least number, where the id is text
  std::string_view text;
  auto operator<=>(const KeyOfTrade&) const = default;
};

KeyOfTrade KeyAt(const TradeColumns& rows, size_t i) {
  return {rows.time[i], rows.id[i],
          rows.id_text.empty() ? std::string_view() : std::string_view(rows.id_text[i])};
}

bool AtEdge(const IncomingTrades& incoming, size_t i) {
  const auto extent = incoming.extents.find(incoming.source[i]);
  if (extent == incoming.extents.end()) return false;
  const EventTime time{incoming.rows.time[i]};
  return time == extent->second.start || time + 1 == extent->second.end;
}

TradeValues ValuesAt(const TradeColumns& rows, size_t i) {
  return {rows.sequence[i], rows.price[i],          rows.size[i],
          rows.side[i],     rows.cancelled[i] != 0, IsMade(rows, i)};
}

std::vector<uint32_t> OrderByKey(const TradeColumns& rows) {
  std::vector<uint32_t> order(rows.rows());
  std::iota(order.begin(), order.end(), 0);
  const auto less = [&](uint32_t a, uint32_t b) { return KeyAt(rows, a) < KeyAt(rows, b); };
  if (!std::is_sorted(order.begin(), order.end(), less)) {
    std::stable_sort(order.begin(), order.end(), less);
  }
  return order;
}

void Take(const SourcedTrades& from, size_t i, SourcedTrades* to) {
  to->rows.Append(from.rows, i, i + 1);
  to->source.push_back(from.source[i]);
  to->received_at.push_back(from.received_at[i]);
  to->revision.push_back(from.revision[i]);
}

void Append(const KeyOfTrade& key, const Version<TradeValues>& version, SourcedTrades* to) {
  const TradeValues& v = version.values;
  to->rows.Append({.time = {key.time},
                   .sequence = v.sequence,
                   .id = key.text,
                   .price = v.price,
                   .size = v.size,
                   .side = v.side,
                   .cancelled = v.cancelled},
                  key.id == kNullInt ? std::nullopt : std::optional(key.id));
  to->source.push_back(version.source);
  to->received_at.push_back(version.received_at);
  to->revision.push_back(version.revision);
}

// By time, sequence, id: the order in which trades happened, as far as anyone can tell.
void PutInOrder(SourcedTrades all, SourcedTrades* out) {
  const TradeColumns& rows = all.rows;
  std::vector<uint32_t> order(rows.rows());
  std::iota(order.begin(), order.end(), 0);
  const auto less = [&](uint32_t a, uint32_t b) {
    const KeyOfTrade x = KeyAt(rows, a), y = KeyAt(rows, b);
    return std::tuple(x.time, rows.sequence[a], x.id, x.text) <
           std::tuple(y.time, rows.sequence[b], y.id, y.text);
  };
  if (std::is_sorted(order.begin(), order.end(), less)) {
    *out = std::move(all);
    return;
  }
  std::sort(order.begin(), order.end(), less);
  for (const uint32_t row : order) Take(all, row, out);
}

// Changed times as few ranges: one reaches over all keys up to the next unchanged one.
class Changes {
 public:
  explicit Changes(RangeSet* out) : out_(out) {}
  void Saw(int64_t time, bool changed) {
    if (open_ && !changed && time > last_) Close();
    if (!changed) return;
    if (!open_) first_ = time;
    open_ = true;
    last_ = time;
  }
  void Close() {
    if (open_) out_->Add({{first_}, {last_ + 1}});
    open_ = false;
  }

 private:
  RangeSet* out_;
  bool open_ = false;
  int64_t first_ = 0, last_ = 0;
};

// `merged` has all rows of `stored`, as they were.
size_t AppendedFrom(const TradeColumns& stored, const TradeColumns& merged) {
  const size_t first = stored.rows();
  if (first == 0 || first == merged.rows()) return first;
  const auto moment = [](const TradeColumns& rows, size_t i) {
    return std::pair(rows.time[i], rows.sequence[i]);
  };
  return moment(stored, first - 1) < moment(merged, first) ? first : SIZE_MAX;
}

}  // namespace

bool SameValues(const TradeValues& a, const TradeValues& b) {
  return a.price == b.price && a.size == b.size && a.side == b.side && a.cancelled == b.cancelled &&
         (a.made_id || a.sequence == b.sequence);
}

std::array<uint64_t, 5> BitsOf(const TradeValues& v) {
  return {std::bit_cast<uint64_t>(v.price), std::bit_cast<uint64_t>(v.size),
          static_cast<uint64_t>(v.side), static_cast<uint64_t>(v.cancelled),
          v.made_id ? 0 : static_cast<uint64_t>(v.sequence)};
}

void MakeIds(IncomingTrades* incoming) {
  TradeColumns& rows = incoming->rows;
  std::vector<uint32_t> without;
  for (uint32_t i = 0; i < rows.rows(); ++i) {
    if (rows.id[i] == kNullInt && (rows.id_text.empty() || rows.id_text[i].empty())) {
      without.push_back(i);
    }
  }
  if (without.empty()) return;
  if (rows.id_text.empty()) rows.id_text.resize(rows.rows());
  // The place within the second, in order of acceptance.
  const auto second = [&](uint32_t i) {
    return std::pair(incoming->source[i], rows.time[i] / kMicrosPerSecond);
  };
  std::stable_sort(without.begin(), without.end(),
                   [&](uint32_t a, uint32_t b) { return second(a) < second(b); });
  int64_t place = 0;
  for (size_t k = 0; k < without.size(); ++k) {
    place = k > 0 && second(without[k]) == second(without[k - 1]) ? place + 1 : 0;
    if (rows.sequence[without[k]] == kNullInt) rows.sequence[without[k]] = place;
  }
  const auto values = [&](uint32_t i) {
    return std::tuple(incoming->source[i], rows.time[i], rows.price[i], rows.size[i], rows.side[i]);
  };
  std::stable_sort(without.begin(), without.end(),
                   [&](uint32_t a, uint32_t b) { return values(a) < values(b); });
  int64_t occurrence = 0;
  for (size_t k = 0; k < without.size(); ++k) {
    const uint32_t i = without[k];
    occurrence = k > 0 && values(i) == values(without[k - 1]) ? occurrence + 1 : 0;
    ByteWriter bytes;
    bytes.Put(rows.time[i]);
    bytes.Put(rows.price[i]);
    bytes.Put(rows.size[i]);
    bytes.Put(rows.side[i]);
    rows.id_text[i] =
        fmt::format("{}{}-{}", kMadeId, ContentHash::Of(bytes.bytes()).substr(0, 16), occurrence);
  }
}

MergedTrades MergeTrades(const SourcedTrades& stored, const SourcedTrades& versions,
                         IncomingTrades incoming, const std::vector<int32_t>& ranks,
                         ReceiveTime now) {
  MakeIds(&incoming);
  // The id's number is the venue's order where it gives no other.
  for (size_t i = 0; i < incoming.rows.rows(); ++i) {
    if (incoming.rows.sequence[i] == kNullInt) incoming.rows.sequence[i] = incoming.rows.id[i];
  }
  MergedTrades out;
  out.counts.resize(ranks.size());
  const std::vector<uint32_t> s_order = OrderByKey(stored.rows);
  const std::vector<uint32_t> v_order = OrderByKey(versions.rows);
  const std::vector<uint32_t> i_order = OrderByKey(incoming.rows);
  SourcedTrades merged;
  Changes changes(&out.changes);
  std::vector<Version<TradeValues>> superseded;
  VersionedKey<TradeValues> key(&superseded, &out.counts, ranks, now);
  size_t s = 0, v = 0, i = 0;
  while (s < s_order.size() || i < i_order.size()) {
    KeyOfTrade at =
        s < s_order.size() ? KeyAt(stored.rows, s_order[s]) : KeyAt(incoming.rows, i_order[i]);
    if (i < i_order.size()) at = std::min(at, KeyAt(incoming.rows, i_order[i]));
    key.Start();
    superseded.clear();
    for (; v < v_order.size() && KeyAt(versions.rows, v_order[v]) < at; ++v) {
    }
    if (s < s_order.size() && KeyAt(stored.rows, s_order[s]) == at) {
      const uint32_t row = s_order[s++];
      key.SetStored({ValuesAt(stored.rows, row), stored.source[row], stored.received_at[row],
                     stored.revision[row]});
    }
    for (; v < v_order.size() && KeyAt(versions.rows, v_order[v]) == at; ++v) {
      const uint32_t row = v_order[v];
      key.AddStoredVersion({ValuesAt(versions.rows, row), versions.source[row],
                            versions.received_at[row], versions.revision[row]});
    }
    for (; i < i_order.size() && KeyAt(incoming.rows, i_order[i]) == at; ++i) {
      const uint32_t row = i_order[i];
      const int32_t source = incoming.source[row];
      const bool taken =
          key.Take(ValuesAt(incoming.rows, row), source, ranks[static_cast<size_t>(source)]);
      if (taken || key.current().source == source || !IsMade(incoming.rows, row)) continue;
      if (!AtEdge(incoming, row)) continue;
      ++out.counts[static_cast<size_t>(source)].ambiguous;
      out.ambiguous.rows.Append(incoming.rows, row, row + 1);
      out.ambiguous.source.push_back(source);
      out.ambiguous_held_from.push_back(key.current().source);
    }
    changes.Saw(at.time, key.changed());
    if (key.has_current()) Append(at, key.current(), &merged);
    for (const Version<TradeValues>& version : superseded) Append(at, version, &out.superseded);
  }
  changes.Close();
  PutInOrder(std::move(merged), &out);
  if (out.superseded.rows.rows() == 0) out.appended_from = AppendedFrom(stored.rows, out.rows);
  return out;
}

RangeSet ForgetTrades(int32_t source, const std::vector<int32_t>& ranks, SourcedTrades* stored,
                      SourcedTrades* versions) {
  const auto worth = [&](size_t v) {
    return std::pair(ranks[static_cast<size_t>(versions->source[v])], versions->revision[v]);
  };
  std::map<KeyOfTrade, size_t> best;  // of the others' versions
  for (size_t v = 0; v < versions->rows.rows(); ++v) {
    if (versions->source[v] == source) continue;
    const auto [it, added] = best.try_emplace(KeyAt(versions->rows, v), v);
    if (!added && worth(it->second) < worth(v)) it->second = v;
  }
  RangeSet changed;
  Changes changes(&changed);
  SourcedTrades rows, kept;
  std::vector<uint8_t> stands_again(versions->rows.rows());
  for (size_t i = 0; i < stored->rows.rows(); ++i) {
    changes.Saw(stored->rows.time[i], stored->source[i] == source);
    if (stored->source[i] != source) {
      Take(*stored, i, &rows);
    } else if (const auto it = best.find(KeyAt(stored->rows, i)); it != best.end()) {
      Take(*versions, it->second, &rows);
      stands_again[it->second] = 1;
    }
  }
  changes.Close();
  for (size_t v = 0; v < versions->rows.rows(); ++v) {
    if (versions->source[v] != source && stands_again[v] == 0) Take(*versions, v, &kept);
  }
  *stored = std::move(rows);
  *versions = std::move(kept);
  return changed;
}

}  // namespace tidemark
