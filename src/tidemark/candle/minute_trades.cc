#include "tidemark/candle/minute_trades.h"

#include <algorithm>
#include <span>
#include <tuple>

namespace tidemark {
namespace {

constexpr double kValueLimit = 17592186044416.0;  // 2^44

int64_t SequenceOf(const TradeColumns& rows, size_t i) {
  return rows.sequence[i] == kNullInt ? rows.id[i] : rows.sequence[i];
}

}  // namespace

inline MinuteTrades::Row MinuteTrades::RowOf(const TradeColumns& rows, size_t i) {
  const bool text = rows.id[i] == kNullInt && !rows.id_text.empty() && !rows.id_text[i].empty();
  if (text) texts_.push_back(rows.id_text[i]);
  return {.time = rows.time[i],
          .sequence = SequenceOf(rows, i),
          .id = rows.id[i],
          .price = rows.price[i],
          .size = rows.size[i] + 0.0,
          .text = text ? static_cast<int32_t>(texts_.size() - 1) : -1,
          .side = rows.side[i],
          .cancelled = rows.cancelled[i],
          .superseded = 0};
}

size_t MinuteTrades::Append(const TradeColumns& rows, size_t begin, size_t end,
                            int64_t minute_end) {
  int64_t time = rows_.back().time, sequence = rows_.back().sequence, id = top_id_;
  size_t i = begin;
  for (; i < end; ++i) {
    const int64_t t = rows.time[i], s = SequenceOf(rows, i), n = rows.id[i];
    // At one time only greater numbers are known to be new; everything else is looked up.
    if (t > time ? t >= minute_end : t < time || s < sequence || n <= id) break;
    time = t, sequence = s, id = n;
    rows_.push_back(RowOf(rows, i));
    if (rows.cancelled[i] == 0) sums_.Add(rows.price[i], rows.size[i], rows.side[i]);
  }
  top_id_ = id;
  return i;
}

bool MinuteTrades::SameTrade(const Row& a, const Row& b) const {
  if (a.time != b.time || a.id != b.id) return false;
  if (a.id != kNullInt) return true;
  return TextOf(a) == TextOf(b) && (a.text >= 0 || a.sequence == b.sequence);
}

bool MinuteTrades::Less(const Row& a, const Row& b) const {
  const auto key = [&](const Row& r) {
    return std::tuple(r.time, r.sequence, r.id, TextOf(r), r.price, r.size, r.side, r.cancelled);
  };
  return key(a) < key(b);
}

MinuteTrades::Took MinuteTrades::Insert(const TradeColumns& rows, size_t i) {
  const Row row = RowOf(rows, i);
  const auto same_values = [&](const Row& r) {
    return r.sequence == row.sequence && r.price == row.price && r.size == row.size &&
           r.side == row.side && r.cancelled == row.cancelled;
  };
  auto at = std::lower_bound(rows_.begin(), rows_.end(), row.time,
                             [](const Row& r, int64_t time) { return r.time < time; });
  auto replaced = rows_.end();
  for (; at != rows_.end() && at->time == row.time; ++at) {
    if (!SameTrade(*at, row)) continue;
    if (same_values(*at)) {
      if (row.text >= 0) texts_.pop_back();
      return Took::kRepeated;
    }
    if (at->superseded == 0) replaced = at;
  }
  const bool revises = replaced != rows_.end();
  if (revises) replaced->superseded = 1;
  Place(row);
  if (revises) {
    Recount();
  } else if (row.cancelled == 0) {
    sums_.Add(row.price, row.size, row.side);
  }
  if (row.time == rows_.back().time) FindTopId();
  return revises ? Took::kRevised : Took::kNew;
}

void MinuteTrades::Place(const Row& row) {
  const auto less = [this](const Row& a, const Row& b) { return Less(a, b); };
  rows_.insert(std::upper_bound(rows_.begin(), rows_.end(), row, less), row);
}

void MinuteTrades::Recount() {
  sums_ = {};
  for (const Row& row : rows_) {
    if (row.counts()) sums_.Add(row.price, row.size, row.side);
  }
}

void MinuteTrades::FindTopId() {
  top_id_ = kNullInt;
  for (auto row = rows_.rbegin(); row != rows_.rend() && row->time == rows_.back().time; ++row) {
    top_id_ = std::max(top_id_, row->id);
  }
}

CandleValues MinuteTrades::Values() const {
  if (sums_.trades == 0) return {};
  const auto counts = [](const Row& row) { return row.counts(); };
  const double open = std::find_if(rows_.begin(), rows_.end(), counts)->price;
  const double close = std::find_if(rows_.rbegin(), rows_.rend(), counts)->price;
  return {.open = open,
          .high = sums_.high,
          .low = sums_.low,
          .close = close,
          .volume = sums_.volume.ToDouble(),
          .vwap = sums_.Vwap(close),
          .buy_volume = sums_.buy.ToDouble(),
          .sell_volume = sums_.sell.ToDouble(),
          .trades = sums_.trades};
}

void MinuteTrades::Shrink() {
  if (rows_.capacity() - rows_.size() > rows_.size() / 4) rows_.shrink_to_fit();
}

void MinuteTrades::Save(ByteWriter& out) const {
  if (texts_.empty()) {
    out.PutSpan<Row>(rows_);
    out.Put<uint64_t>(0);
    return;
  }
  // Texts stand in the order of their rows, whenever they came.
  std::vector<Row> rows = rows_;
  std::vector<std::string_view> texts;
  for (Row& row : rows) {
    if (row.text < 0) continue;
    texts.push_back(TextOf(row));
    row.text = static_cast<int32_t>(texts.size() - 1);
  }
  out.PutSpan<Row>(rows);
  out.Put<uint64_t>(texts.size());
  for (const std::string_view text : texts) out.PutString(text);
}

bool MinuteTrades::Load(ByteReader& in, int64_t open) {
  *this = {};
  rows_ = in.GetVector<Row>();
  const auto texts = in.Get<uint64_t>();
  if (!in.ok() || rows_.empty() || texts > rows_.size()) return false;
  for (uint64_t i = 0; i < texts; ++i) texts_.push_back(in.GetString());
  if (!in.ok() || !Valid(open)) return false;
  Recount();
  FindTopId();
  return true;
}

// That these rows can have come about. Every comparison must hold, so that NaN fails.
bool MinuteTrades::Valid(int64_t open) const {
  int32_t texts = 0;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.time < open || row.time >= open + kMicrosPerMinute || row.zero != 0) return false;
    if (!(0 < row.price && row.price < kValueLimit && 0 <= row.size && row.size < kValueLimit)) {
      return false;
    }
    if (std::bit_cast<uint64_t>(row.size) == std::bit_cast<uint64_t>(-0.0)) return false;
    if (row.side > Side::kSell || row.cancelled > 1 || row.superseded > 1) return false;
    if (row.text != -1 && (row.id != kNullInt || row.text != texts++)) return false;
    if (size_t(texts) > texts_.size() || (row.text >= 0 && TextOf(row).empty())) return false;
    if (i > 0 && !Less(rows_[i - 1], row)) return false;
  }
  if (size_t(texts) != texts_.size()) return false;
  // Each trade has one version that stands.
  std::vector<const Row*> versions;
  for (const Row& row : rows_) versions.push_back(&row);
  const auto key = [&](const Row* r) {
    return std::tuple(r->time, r->id, TextOf(*r),
                      r->id != kNullInt || r->text >= 0 ? 0 : r->sequence);
  };
  std::sort(versions.begin(), versions.end(),
            [&](const Row* a, const Row* b) { return key(a) < key(b); });
  int standing = 0;
  for (size_t i = 0; i < versions.size(); ++i) {
    if (i == 0 || key(versions[i]) != key(versions[i - 1])) {
      if (i > 0 && standing != 1) return false;
      standing = 0;
    }
    standing += versions[i]->superseded == 0 ? 1 : 0;
  }
  return standing == 1;
}

}  // namespace tidemark
