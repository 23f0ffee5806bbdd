// What FrameLog::Open does with the folder it finds.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "tidemark/base/fault.h"
#include "tidemark/journal/frame_log.h"

namespace tidemark {
namespace {

const OnFrame kPassOver = [](const LoggedFrame&) { return Status(); };

bool IsDamage(const Error& error) { return error.code() == ErrorCode::kCorrupt; }

}  // namespace

Result<std::unique_ptr<FrameLog>> FrameLog::Open(const std::string& folder, int64_t first_index,
                                                 const Options& options) {
  if (!IsDirectory(folder)) {
    TM_TRY(MakeDirectories(folder));
    const std::string parent = std::filesystem::path(folder).parent_path().string();
    TM_TRY(SyncDirectory(parent.empty() ? "." : parent));
  }
  if (!options.keep_in.empty()) TM_TRY(MakeDirectories(options.keep_in));
  auto log = std::unique_ptr<FrameLog>(new FrameLog(folder, options));
  TM_TRY(log->Recover(first_index));
  return log;
}

Status FrameLog::Recover(int64_t first_index) {
  TM_ASSIGN(std::vector<SegmentName> names, ListSegments(folder_));
  int64_t end = 0;
  TM_TRY(RecoverTail(&names, &end));
  next_index_ = durable_index_ = std::max({first_index, end, int64_t{1}});
  follows_ = names.empty() ? durable_index_ : end;
  TM_ASSIGN(const std::vector<SegmentPiece> pieces, ChainSegments(folder_, names));
  for (const SegmentPiece& piece : pieces) {
    segments_.push_back({piece.name, piece.end.value_or(end), 0});
    TM_ASSIGN(const int64_t bytes, FileSize(PathOf(piece.name)));
    SetBytes(&segments_.back(), bytes);
    std::erase(names, piece.name);
  }
  for (const SegmentName& replaced : names) TM_TRY(RemoveSegment(PathOf(replaced)));
  return SyncDirectory(folder_);
}

Status FrameLog::RecoverTail(std::vector<SegmentName>* names, int64_t* end) {
  for (; !names->empty(); names->pop_back()) {
    const std::string path = PathOf(names->back());
    auto segment = SegmentReader::Open(path);
    if (!segment) {
      if (!IsDamage(segment.error())) return Fail(segment.error());
      TM_ASSIGN(const bool durable, WasDurable(path, 0, names->back().first_index));
      if (durable) return Fail(segment.error());
      TM_ASSIGN(const int64_t size, FileSize(path));
      Say(fmt::format("{}: removed, {} bytes that are no whole segment", path, size));
      TM_TRY(RemoveSegment(path));
      continue;
    }
    auto more = segment->NextGroup(kPassOver);
    while (more && *more) more = segment->NextGroup(kPassOver);
    if (!more) {
      if (!IsDamage(more.error())) return Fail(more.error());
      TM_ASSIGN(const bool durable, WasDurable(path, segment->offset(), segment->next_index()));
      if (durable) return Fail(more.error());
      Say(fmt::format("{}: cut off {} bytes at {} behind frame {}, a write that was not finished",
                      path, segment->size() - segment->offset(), segment->offset(),
                      segment->next_index() - 1));
    }
    if (segment->next_index() == segment->header().first_index) {
      TM_TRY(RemoveSegment(path));
      continue;
    }
    *end = segment->next_index();
    return more ? SyncFile(path) : CutOff(path, *segment);
  }
  return {};
}

Status FrameLog::CutOff(const std::string& path, const SegmentReader& segment) {
  TM_ASSIGN(AppendFile file, AppendFile::Open(path));
  TM_TRY(file.Truncate(segment.offset()));
  return file.Sync();
}

Status FrameLog::RemoveSegment(const std::string& path) {
  TM_TRY(FaultPoint("unlink", path));
  return RemoveFile(path);
}

void FrameLog::Say(std::string what) {
  recovered_ += (recovered_.empty() ? "" : "; ") + std::move(what);
}

}  // namespace tidemark
