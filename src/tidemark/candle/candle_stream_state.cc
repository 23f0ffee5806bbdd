// The state of a stream as bytes: how far it is closed, its minutes in order, each with its trades
// or, past the horizon, with its candle; and which minutes have corrections to give. Roll-ups
// follow from the minutes.
#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "tidemark/candle/candle_stream.h"

namespace tidemark {
namespace {

constexpr double kValueLimit = 17592186044416.0;              // 2^44
constexpr double kVolumeLimit = 1208925819614629174706176.0;  // 2^80
constexpr int64_t kTradesLimit = int64_t{1} << 40;

constexpr double CandleValues::* kNumbers[] = {
    &CandleValues::open,       &CandleValues::high,       &CandleValues::low,
    &CandleValues::close,      &CandleValues::volume,     &CandleValues::vwap,
    &CandleValues::buy_volume, &CandleValues::sell_volume};

void SaveCandle(const CandleValues& candle, ByteWriter& out) {
  for (const auto number : kNumbers) out.Put(candle.*number);
  out.Put(candle.trades);
}

// False when the bytes are no candle, nor none.
bool LoadCandle(ByteReader& in, CandleValues* candle) {
  for (const auto number : kNumbers) candle->*number = in.Get<double>();
  candle->trades = in.Get<int64_t>();
  if (candle->trades == 0) {
    return in.ok() && std::all_of(std::begin(kNumbers), std::end(kNumbers), [&](auto number) {
             return std::bit_cast<uint64_t>(candle->*number) == 0;
           });
  }
  // Every comparison must hold, so that NaN fails.
  const auto in_range = [&](double x) { return candle->low <= x && x <= candle->high; };
  const auto volume = [](double x) { return 0 <= x && x < kVolumeLimit; };
  return in.ok() && 0 < candle->trades && candle->trades < kTradesLimit && 0 < candle->low &&
         candle->high < kValueLimit && in_range(candle->open) && in_range(candle->close) &&
         in_range(candle->vwap) && volume(candle->volume) && volume(candle->buy_volume) &&
         volume(candle->sell_volume);
}

}  // namespace

void CandleStream::SaveMinute(int64_t open, const Minute& minute, ByteWriter& out) const {
  out.Put(open);
  if (minute.trades.empty()) {
    SaveCandle(minute.candle, out);
  } else {
    minute.trades.Save(out);
  }
}

void CandleStream::SaveLate(ByteWriter& out) const {
  out.Put<uint64_t>(late_minutes_.size());
  for (const int64_t open : late_minutes_) out.Put(open);
}

void CandleStream::Save(ByteWriter& out) const {
  out.Reserve(out.bytes().size() + 100 + 100 * minutes_.size() +
              MinuteTrades::kRowBytes * rows_held());
  out.Put(closed_until_);
  out.Put<uint64_t>(minutes_.size());
  for (const auto& [open, minute] : minutes_) SaveMinute(open, minute, out);
  SaveLate(out);
}

void CandleStream::SaveChanges(ByteWriter& out) {
  // What the watermark had not closed then has changed; of that before, what late trades are in.
  const auto first = minutes_.lower_bound(saved_until_);
  out.Put(saved_until_);
  out.Put(closed_until_);
  out.Put<uint64_t>(changed_minutes_.size() +
                    static_cast<uint64_t>(std::distance(first, minutes_.end())));
  for (const int64_t open : changed_minutes_) SaveMinute(open, minutes_.at(open), out);
  for (auto it = first; it != minutes_.end(); ++it) SaveMinute(it->first, it->second, out);
  SaveLate(out);
  changed_minutes_.clear();
  saved_until_ = closed_until_;
}

Status CandleStream::Loaded(bool good) {
  if (good) {
    saved_until_ = closed_until_;
    changed_minutes_.clear();
    return {};
  }
  *this = CandleStream(std::move(options_));
  return Fail(ErrorCode::kCorrupt, "the state of a candle stream is damaged");
}

Status CandleStream::Load(ByteReader& in) {
  *this = CandleStream(std::move(options_));
  return Loaded(LoadAll(in));
}

Status CandleStream::LoadChanges(ByteReader& in) { return Loaded(LoadAllChanges(in)); }

bool CandleStream::LoadAll(ByteReader& in) {
  closed_until_ = in.Get<int64_t>();
  if (closed_until_ < start_ || closed_until_ > kMaxTime.us) return false;
  if (Interval().OpenOf({closed_until_}).us != closed_until_) return false;
  held_from_ = horizon().us;
  std::vector<int64_t> loaded;
  return LoadMinutes(in, &loaded) && LoadLate(in);
}

bool CandleStream::LoadAllChanges(ByteReader& in) {
  const auto from = in.Get<int64_t>(), until = in.Get<int64_t>();
  if (!(from <= closed_until_ && closed_until_ <= until && until <= kMaxTime.us)) return false;
  if (Interval().OpenOf({until}).us != until) return false;
  std::vector<int64_t> held, loaded;
  for (auto it = minutes_.lower_bound(from); it != minutes_.end(); ++it) held.push_back(it->first);
  closed_until_ = until;
  late_minutes_.clear();
  tail_ = nullptr;
  if (!LoadMinutes(in, &loaded)) return false;
  const auto kept = std::lower_bound(held.begin(), held.end(), FirstKept());
  if (!std::includes(loaded.begin(), loaded.end(), kept, held.end())) return false;
  Forget();
  return LoadLate(in);
}

bool CandleStream::LoadMinutes(ByteReader& in, std::vector<int64_t>* loaded) {
  const auto minutes = in.Get<uint64_t>();
  for (uint64_t i = 0; i < minutes; ++i) {
    const auto open = in.Get<int64_t>();
    if (!in.ok() || open < FirstKept() || open > kMaxTime.us) return false;
    if (Interval().OpenOf({open}).us != open) return false;
    if (!loaded->empty() && open <= loaded->back()) return false;
    if (!LoadMinute(in, open)) return false;
    loaded->push_back(open);
  }
  return true;
}

// Takes the place of the minute that is held, if one is.
bool CandleStream::LoadMinute(ByteReader& in, int64_t open) {
  Minute& minute = minutes_[open];
  CandleValues candle;
  if (open < horizon().us) {
    if (!LoadCandle(in, &candle)) return false;
    minute.trades = MinuteTrades();
  } else {
    if (!minute.trades.Load(in, open)) return false;
    candle = minute.trades.Values();
  }
  if (open < closed_until_) {
    SetCandle(open, minute, candle);
  } else {
    tail_ = &minute;
    tail_end_ = open + kMicrosPerMinute;
  }
  return true;
}

bool CandleStream::LoadLate(ByteReader& in) {
  const auto late = in.Get<uint64_t>();
  for (uint64_t i = 0; i < late; ++i) {
    const auto open = in.Get<int64_t>();
    if (!in.ok() || open >= closed_until_ || open < horizon().us || !minutes_.contains(open)) {
      return false;
    }
    if (!late_minutes_.empty() && open <= *late_minutes_.rbegin()) return false;
    late_minutes_.insert(open);
  }
  return in.ok();
}

}  // namespace tidemark
