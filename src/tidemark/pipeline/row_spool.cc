#include "tidemark/pipeline/row_spool.h"

#include <cstring>

#include "tidemark/base/file.h"

namespace tidemark {

RowSpool::~RowSpool() {
  if (!folder_.empty()) (void)RemoveTree(folder_);
}

Status RowSpool::Add(const SeriesId& series, const CandleColumns& rows, int32_t source,
                     int32_t rank) {
  MonthMap& months = series_[series];
  Month* month = nullptr;
  TimeRange bounds{{0}, {0}};
  for (size_t i = 0; i < rows.size(); ++i) {
    const EventTime open{rows.open_time[i]};
    if (month == nullptr || !bounds.Contains(open)) {
      bounds.start = FloorToMonth(open);
      bounds.end = AddMonths(bounds.start, 1);
      month = &months[bounds.start];
    }
    month->rows.push_back({open.us, rows.open[i], rows.high[i], rows.low[i], rows.close[i],
                           rows.volume[i], source, rank});
  }
  used_ += static_cast<int64_t>(rows.size() * sizeof(SpoolRow));
  return used_ > limit_ ? SpillAll() : Status();
}

// Everything goes at once: then the order within a month is "file first, memory after".
Status RowSpool::SpillAll() {
  if (folder_.empty()) {
    TM_ASSIGN(folder_, MakeTemporaryDirectory("tidemark-spool-"));
  }
  for (auto& [id, months] : series_) {
    for (auto& [start, month] : months) {
      if (month.rows.empty()) continue;
      if (month.file.empty()) month.file = folder_ + "/" + std::to_string(files_made_++);
      TM_ASSIGN(AppendFile file, AppendFile::Open(month.file));
      const std::string_view bytes(reinterpret_cast<const char*>(month.rows.data()),
                                   month.rows.size() * sizeof(SpoolRow));
      TM_TRY(file.Append(bytes));
      if (!month.hash_of_file) month.hash_of_file.emplace();
      month.hash_of_file->Update(bytes);
      month.rows_in_file += month.rows.size();
      std::vector<SpoolRow>().swap(month.rows);
    }
  }
  used_ = 0;
  return {};
}

std::vector<SeriesId> RowSpool::Series() const {
  std::vector<SeriesId> all;
  for (const auto& [id, months] : series_) all.push_back(id);
  return all;
}

std::vector<EventTime> RowSpool::Months(const SeriesId& series) const {
  std::vector<EventTime> all;
  const auto it = series_.find(series);
  if (it == series_.end()) return all;
  for (const auto& [start, month] : it->second) all.push_back(start);
  return all;
}

Result<std::vector<SpoolRow>> RowSpool::Rows(const SeriesId& series, EventTime start) const {
  std::vector<SpoolRow> rows;
  const auto it = series_.find(series);
  if (it == series_.end()) return rows;
  const auto at = it->second.find(start);
  if (at == it->second.end()) return rows;
  const Month& month = at->second;
  if (!month.file.empty()) {
    TM_ASSIGN(const std::string bytes, ReadFile(month.file));
    if (bytes.size() != month.rows_in_file * sizeof(SpoolRow) ||
        ContentHash::Of(bytes) != month.hash_of_file->Hex()) {
      return Fail(ErrorCode::kIo, month.file + ": the scratch file is not what was written");
    }
    rows.resize(month.rows_in_file);
    std::memcpy(rows.data(), bytes.data(), bytes.size());
  }
  rows.insert(rows.end(), month.rows.begin(), month.rows.end());
  return rows;
}

}  // namespace tidemark
