#include "tidemark/journal/frame_log.h"

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/base/fault.h"

namespace tidemark {
namespace {

constexpr size_t kWriteBytes = size_t{1} << 20;
constexpr size_t kUnsyncedBytesMax = size_t{8} << 20;

}  // namespace

Status FrameLog::CheckFits(const LoggedFrame& frame) const {
  CHECK(static_cast<int>(frame.kind) < kFrameKinds);
  if (frame.feed.size() > kFeedNameMax || frame.about.size() > kFrameAboutMax ||
      frame.bytes.size() > kFrameBytesMax) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("a frame of feed {} with {} bytes is too long to be kept",
                    frame.feed.substr(0, kFeedNameMax), frame.about.size() + frame.bytes.size()));
  }
  if (feeds_.size() == kFeedsMax && !feeds_.Knows(frame.feed)) {
    return Fail(ErrorCode::kInvalidArgument, folder_ + ": too many feeds");
  }
  // A segment that is still to begin repeats the names of the feeds.
  const size_t header = file_ ? 0 : kSegmentHeaderMin + feeds_.bytes() + 1 + frame.feed.size();
  const int64_t more = GroupWriter::MostBytes(frame) + static_cast<int64_t>(header);
  if (bytes() + more > options_.bytes_max) {
    return Fail(ErrorCode::kFull, fmt::format("{}: holds {} of at most {} bytes", folder_, bytes(),
                                              options_.bytes_max));
  }
  return {};
}

Result<int64_t> FrameLog::Append(const LoggedFrame& frame) {
  TM_TRY(CheckFits(frame));
  // Before the frame is taken, so that an error leaves it with the caller.
  if (pending_.size() >= kUnsyncedBytesMax) {
    TM_TRY(Sync());
  } else if (pending_.size() - written_ >= kWriteBytes) {
    TM_TRY(Write());
  }
  group_.Add(frame, next_index_, &feeds_, &pending_);
  return next_index_++;
}

Status FrameLog::Sync() {
  if (pending_.empty()) return {};
  TM_TRY(Write());
  Status synced = file_->Sync();
  if (synced && !name_durable_) synced = SyncDirectory(folder_);
  if (!synced) {
    AbandonSegment();
    return synced;
  }
  name_durable_ = true;
  Segment& segment = segments_.back();
  SetBytes(&segment, segment.bytes + static_cast<int64_t>(pending_.size()));
  segment.end = durable_index_ = follows_ = next_index_;
  written_ = 0;
  pending_.clear();
  if (pending_.capacity() > 2 * kUnsyncedBytesMax) pending_ = std::string();  // a large frame's
  if (segment.bytes >= options_.segment_bytes) file_.reset();
  return {};
}

Status FrameLog::StartSegment() {
  TM_TRY(Sync());
  file_.reset();
  return {};
}

Status FrameLog::Write() {
  group_.Seal(durable_index_, &pending_);
  Status written = WriteRest();
  if (!written) UndoWrites();
  return written;
}

Status FrameLog::WriteRest() {
  if (written_ == pending_.size()) return {};
  if (!file_) TM_TRY(BeginSegment());
  TM_TRY(file_->Append(std::string_view(pending_).substr(written_)));
  written_ = pending_.size();
  return {};
}

Status FrameLog::BeginSegment() {
  CHECK(written_ == 0);
  SegmentName name{durable_index_, 0};
  auto file = AppendFile::Create(PathOf(name));
  while (!file && file.error().code() == ErrorCode::kConflict) {
    ++name.attempt;
    file = AppendFile::Create(PathOf(name));
  }
  if (!file) return Fail(file.error());
  file_ = *std::move(file);
  name_durable_ = false;
  segments_.push_back({name, durable_index_, 0});
  const std::string header = EncodeSegmentHeader({durable_index_, follows_, feeds_});
  TM_TRY(file_->Append(header));
  SetBytes(&segments_.back(), static_cast<int64_t>(header.size()));
  return {};
}

// After a failed write: the file ends with what is durable again, or is given up.
void FrameLog::UndoWrites() {
  if (!file_) return;
  const Segment& segment = segments_.back();
  const bool holds_frames = segment.end > segment.name.first_index;
  if (holds_frames && file_->Truncate(segment.bytes)) {
    written_ = 0;
  } else {
    AbandonSegment();
  }
}

// What is not durable goes to a new segment, whose header says that it replaces what is left here.
void FrameLog::AbandonSegment() {
  Segment& segment = segments_.back();
  const std::string path = PathOf(segment.name);
  const bool holds_frames = segment.end > segment.name.first_index;
  const bool cut = holds_frames && file_->Truncate(segment.bytes);
  file_.reset();
  written_ = 0;
  if (!holds_frames && RemoveSegment(path)) {
    SetBytes(&segment, 0);
    segments_.pop_back();
  } else if (!cut) {
    SetBytes(&segment, FileSize(path).value_or(segment.bytes));
  }
}

void FrameLog::SetBytes(Segment* segment, int64_t bytes) {
  held_ += bytes - segment->bytes;
  segment->bytes = bytes;
}

Status FrameLog::Release(int64_t before) {
  while (!segments_.empty() && segments_.front().end <= before) {
    if (file_ && segments_.size() == 1) {
      if (!pending_.empty()) break;
      file_.reset();
    }
    TM_TRY(SyncRemovals());
    const Status forgotten = Forget(segments_.front());
    if (!FileExists(PathOf(segments_.front().name))) {  // be it that what comes behind has failed
      removed_ = true;
      SetBytes(&segments_.front(), 0);
      segments_.erase(segments_.begin());
    }
    TM_TRY(forgotten);
  }
  return SyncRemovals();
}

// One by one: a segment that comes back after a power failure brings those behind it with it.
Status FrameLog::SyncRemovals() {
  if (removed_) TM_TRY(SyncDirectory(folder_));
  removed_ = false;
  return {};
}

Status FrameLog::Forget(const Segment& segment) {
  const std::string path = PathOf(segment.name);
  if (!options_.keep_in.empty() && segment.end > segment.name.first_index) {
    SegmentName kept = segment.name;
    const auto target = [&] { return options_.keep_in + "/" + FormatSegmentName(kept); };
    bool moved = false;  // by a call that did not come to its end
    for (; !moved && FileExists(target()); ++kept.attempt) {
      TM_ASSIGN(const std::string there, ReadFile(target()));
      TM_ASSIGN(const std::string here, ReadFile(path));
      moved = there == here;
    }
    if (!moved) return MoveFile(path, target());
  }
  return RemoveSegment(path);
}

Status FrameLog::Read(int64_t from, const OnFrame& on_frame) const {
  for (const Segment& segment : segments_) {
    if (segment.end <= from || segment.end == segment.name.first_index) continue;
    TM_TRY(ReadSegment(PathOf(segment.name), from, segment.end, on_frame));
  }
  return {};
}

bool IsFrameSegment(std::string_view path) {
  return ParseSegmentName(path.substr(path.rfind('/') + 1)).has_value();
}

Status ReadFrames(const std::string& path, const OnFrame& on_frame) {
  if (!IsDirectory(path)) return ReadSegment(path, 1, std::nullopt, on_frame);
  TM_ASSIGN(const std::vector<SegmentName> names, ListSegments(path));
  if (names.empty()) return Fail(ErrorCode::kNotFound, path + ": there are no frames");
  TM_ASSIGN(const std::vector<SegmentPiece> pieces, ChainSegments(path, names));
  for (const SegmentPiece& piece : pieces) {
    TM_TRY(ReadSegment(path + "/" + FormatSegmentName(piece.name), 1, piece.end, on_frame));
  }
  return {};
}

}  // namespace tidemark
