// The frame log: frames of live feeds, durable before they count, kept until what was made of them
// is in the lake. A folder of append-only segment files; docs/internals/journal-format.md.
//
//   Append(frame)…   into memory, written a mebibyte at a time
//   Sync()           group commit: all of them are durable
//   StartSegment()   an epoch was cut
//   Release(before)  that epoch is in the lake: its segments go
//
// After an error of Append or Sync the log is as it was and every frame that has an index is still
// held: Sync may be called again until it succeeds. Bytes whose sync failed are not trusted, they
// are written once more to a new segment. Memory: what is not durable, at most 8 MiB and one frame.
//
// Threads: none; callbacks do not call the log. One process at a time uses a folder, which the
// lake's writer lock ensures.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/base/result.h"
#include "tidemark/journal/frame.h"
#include "tidemark/journal/frame_codec.h"
#include "tidemark/journal/frame_segment.h"

namespace tidemark {

class FrameLog {
 public:
  struct Options {
    int64_t segment_bytes = int64_t{64} << 20;  // a segment is ended when it has this size
    int64_t bytes_max = int64_t{4} << 30;       // of all segments and of what is not written yet
    // A folder: released segments are moved there (a recording of everything). "": they go.
    std::string keep_in;
  };

  // Opens or creates the folder. What a crash left of a write is cut off and told in recovered().
  // `first_index`: the least the next frame may get (the lake may know more than the folder).
  // Errors: kCorrupt (damage before the tail of the last segment; that of earlier ones is found by
  // Read), kVersion, file errors.
  static Result<std::unique_ptr<FrameLog>> Open(const std::string& folder, int64_t first_index,
                                                const Options& options);

  // Gives the frame its index (that in `frame` is not looked at). It is not durable yet. Errors,
  // nothing taken: kFull (bytes_max would be passed: release first), kInvalidArgument (beyond the
  // sizes of frame.h), file errors when the bytes before it could not be written.
  Result<int64_t> Append(const LoggedFrame& frame);
  // Every frame appended is durable when it returns. Errors: file errors.
  Status Sync();
  // Syncs; the frames that follow go to a new file. Errors: file errors.
  Status StartSegment();
  // Forgets the segments all of whose frames have an index below `before`, the earliest first.
  // Errors: file errors; what was not forgotten is next time.
  Status Release(int64_t before);

  int64_t next_index() const { return next_index_; }
  int64_t durable_index() const { return durable_index_; }  // frames below it are durable
  // In segments and waiting to be written.
  int64_t bytes() const { return held_ + static_cast<int64_t>(pending_.size()); }
  const std::string& recovered() const { return recovered_; }  // "": nothing was cut off

  // Calls `on_frame` for the durable frames with index >= from, in order. Errors: kCorrupt with
  // file and offset, kIo, those of `on_frame`.
  Status Read(int64_t from, const OnFrame& on_frame) const;

 private:
  struct Segment {
    SegmentName name;
    int64_t end = 1;    // of its frames that count
    int64_t bytes = 0;  // of the file
  };

  FrameLog(std::string folder, Options options)
      : folder_(std::move(folder)), options_(std::move(options)) {}
  std::string PathOf(const SegmentName& name) const {
    return folder_ + "/" + FormatSegmentName(name);
  }
  Status Recover(int64_t first_index);
  // Cuts or removes the last segments until one ends well; `end`: of its frames.
  Status RecoverTail(std::vector<SegmentName>* names, int64_t* end);
  Status CutOff(const std::string& path, const SegmentReader& segment);
  Status RemoveSegment(const std::string& path);
  void Say(std::string what);
  Status CheckFits(const LoggedFrame& frame) const;
  Status BeginSegment();
  Status Write();
  Status WriteRest();
  void UndoWrites();
  void AbandonSegment();
  void SetBytes(Segment* segment, int64_t bytes);
  Status Forget(const Segment& segment);
  Status SyncRemovals();

  std::string folder_;
  Options options_;
  std::string recovered_;
  std::vector<Segment> segments_;   // in order; the last is the one written to while file_ is set
  std::optional<AppendFile> file_;  // of segments_.back()
  bool name_durable_ = false;       // of file_
  FeedNames feeds_;
  GroupWriter group_;
  std::string pending_;  // groups not durable, as they are (to be) in the file
  size_t written_ = 0;   // of pending_
  int64_t next_index_ = 1;
  int64_t durable_index_ = 1;
  int64_t follows_ = 1;   // where the frames in segments_ end
  bool removed_ = false;  // a file since the folder was synced
  int64_t held_ = 0;      // bytes of segments_
};

// Whether a file is named like a segment.
bool IsFrameSegment(std::string_view path);
// Reads one segment file, or a folder of them in order (a recording). Errors: kCorrupt with file
// and offset (a last write that was not finished too: after the frames before it), kNotFound (no
// segment there), those of `on_frame`.
Status ReadFrames(const std::string& path, const OnFrame& on_frame);

}  // namespace tidemark
