#include "tidemark/pipeline/trade_spool.h"

#include <algorithm>

#include "tidemark/base/bytes.h"
#include "tidemark/base/file.h"

namespace tidemark {
namespace {

// A spilled piece: its columns, one after the other.
Bytes Save(const IncomingTrades& piece) {
  ByteWriter out;
  const TradeColumns& rows = piece.rows;
  out.PutSpan<int32_t>(piece.source);
  for (const auto* column : {&rows.time, &rows.sequence, &rows.id}) out.PutSpan<int64_t>(*column);
  for (const auto* column : {&rows.price, &rows.size}) out.PutSpan<double>(*column);
  out.PutSpan<Side>(rows.side);
  out.PutSpan<uint8_t>(rows.cancelled);
  out.Put<uint64_t>(rows.id_text.size());
  for (const std::string& text : rows.id_text) out.PutString(text);
  return out.Take();
}

void Load(ByteReader& in, IncomingTrades* to) {
  IncomingTrades piece;
  TradeColumns& rows = piece.rows;
  piece.source = in.GetVector<int32_t>();
  for (auto* column : {&rows.time, &rows.sequence, &rows.id}) *column = in.GetVector<int64_t>();
  for (auto* column : {&rows.price, &rows.size}) *column = in.GetVector<double>();
  rows.side = in.GetVector<Side>();
  rows.cancelled = in.GetVector<uint8_t>();
  rows.id_text.resize(in.Get<uint64_t>());
  for (std::string& text : rows.id_text) text = in.GetString();
  to->rows.Append(rows, 0, rows.rows());
  to->source.insert(to->source.end(), piece.source.begin(), piece.source.end());
}

int64_t BytesOf(const TradeColumns& rows) {
  int64_t bytes = static_cast<int64_t>(rows.rows()) * 48;
  for (const std::string& text : rows.id_text) {
    bytes += static_cast<int64_t>(sizeof(text) + text.capacity());
  }
  return bytes;
}

}  // namespace

TradeSpool::~TradeSpool() {
  if (!folder_.empty()) (void)RemoveTree(folder_);
}

Status TradeSpool::Add(const TradeSeriesId& series, const TradeColumns& rows, int32_t source) {
  DayMap& days = series_[series].days;
  if (rows.rows() > 0) {
    const auto [first, last] = std::ranges::minmax(rows.time);
    TimeRange& extent =
        series_[series].extents.try_emplace(source, TimeRange{{first}, {last + 1}}).first->second;
    extent = {std::min(extent.start, EventTime{first}), std::max(extent.end, EventTime{last + 1})};
  }
  for (size_t i = 0; i < rows.rows();) {
    const EventTime day = FloorToDay({rows.time[i]});
    size_t end = i + 1;
    while (end < rows.rows() && rows.time[end] >= day.us &&
           rows.time[end] < day.us + kMicrosPerDay) {
      ++end;
    }
    IncomingTrades& held = days[day].rows;
    held.rows.Append(rows, i, end);
    held.source.insert(held.source.end(), end - i, source);
    i = end;
  }
  used_ += BytesOf(rows);
  return used_ > limit_ ? SpillAll() : Status();
}

// Everything goes at once: then the order within a day is "file first, memory after".
Status TradeSpool::SpillAll() {
  if (folder_.empty()) {
    TM_ASSIGN(folder_, MakeTemporaryDirectory("tidemark-spool-"));
  }
  for (auto& [id, held] : series_) {
    for (auto& [start, day] : held.days) {
      if (day.rows.source.empty()) continue;
      if (day.file.empty()) day.file = folder_ + "/" + std::to_string(files_made_++);
      TM_ASSIGN(AppendFile file, AppendFile::Open(day.file));
      const Bytes bytes = Save(day.rows);
      TM_TRY(file.Append(bytes));
      if (!day.hash_of_file) day.hash_of_file.emplace();
      day.hash_of_file->Update(bytes);
      day.rows = IncomingTrades();
    }
  }
  used_ = 0;
  return {};
}

std::vector<TradeSeriesId> TradeSpool::Series() const {
  std::vector<TradeSeriesId> all;
  for (const auto& [id, held] : series_) all.push_back(id);
  return all;
}

std::vector<EventTime> TradeSpool::Days(const TradeSeriesId& series) const {
  std::vector<EventTime> all;
  const auto it = series_.find(series);
  if (it == series_.end()) return all;
  for (const auto& [start, day] : it->second.days) all.push_back(start);
  return all;
}

Result<IncomingTrades> TradeSpool::Rows(const TradeSeriesId& series, EventTime start) const {
  IncomingTrades rows;
  const auto it = series_.find(series);
  if (it == series_.end()) return rows;
  const auto at = it->second.days.find(start);
  if (at == it->second.days.end()) return rows;
  rows.extents = it->second.extents;
  const Day& day = at->second;
  if (!day.file.empty()) {
    TM_ASSIGN(const std::string bytes, ReadFile(day.file));
    if (ContentHash::Of(bytes) != day.hash_of_file->Hex()) {
      return Fail(ErrorCode::kIo, day.file + ": the scratch file is not what was written");
    }
    ByteReader in(bytes);
    while (in.ok() && !in.done()) Load(in, &rows);
    if (!in.ok()) return Fail(ErrorCode::kIo, day.file + ": the scratch file is cut");
  }
  rows.rows.Append(day.rows.rows, 0, day.rows.rows.rows());
  rows.source.insert(rows.source.end(), day.rows.source.begin(), day.rows.source.end());
  return rows;
}

}  // namespace tidemark
