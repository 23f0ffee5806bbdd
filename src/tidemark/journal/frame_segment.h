// One segment file of frames, read group by group; and the names of segment files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/base/result.h"
#include "tidemark/journal/frame.h"
#include "tidemark/journal/frame_codec.h"

namespace tidemark {

// "<first index, 19 digits>.frames"; a further one with the same first index, begun because the
// one before it could not be written, is ".<attempt>.frames".
struct SegmentName {
  int64_t first_index = 1;
  int attempt = 0;
  auto operator<=>(const SegmentName&) const = default;  // the order of the frames
};
std::string FormatSegmentName(const SegmentName& name);
std::optional<SegmentName> ParseSegmentName(std::string_view name);
// Those in a folder, in order; other files are passed over.
Result<std::vector<SegmentName>> ListSegments(const std::string& folder);

// A segment whose frames count up to `end`, which the one after it says; the last: to its own end.
struct SegmentPiece {
  SegmentName name;
  std::optional<int64_t> end;
};
// Those of a folder's segments that hold frames that count, in order. Errors: kCorrupt, kVersion.
Result<std::vector<SegmentPiece>> ChainSegments(const std::string& folder,
                                                const std::vector<SegmentName>& names);

class SegmentReader {
 public:
  // Errors: those of the file; kCorrupt, kVersion.
  static Result<SegmentReader> Open(const std::string& path);

  const SegmentHeader& header() const { return header_; }
  int64_t offset() const { return offset_; }          // where the next group begins
  int64_t next_index() const { return next_index_; }  // of its first frame
  int64_t size() const { return file_.size(); }
  // Reads the next group; false at the end of the file. Errors, with the file and the offset of the
  // group: kCorrupt, kIo, those of `on_frame`. After an error it stands before that group.
  Result<bool> NextGroup(const OnFrame& on_frame);

 private:
  SegmentReader(ReadableFile file, std::string path, SegmentHeader header, size_t header_bytes);
  Error Located(const Error& error) const;

  ReadableFile file_;
  std::string path_;
  SegmentHeader header_;
  int64_t offset_;
  int64_t next_index_;
  std::string buffer_;
};

// What came behind `offset` knows that frame `index` was durable: then it cannot be that the bytes
// there are those of a write a crash interrupted. Errors: kIo.
Result<bool> WasDurable(const std::string& path, int64_t offset, int64_t index);

// Calls `on_frame` for the frames of a segment with index in [from, end) and checks that all up to
// `end` are there; without `end` to the end of the file. Errors: as of SegmentReader.
Status ReadSegment(const std::string& path, int64_t from, std::optional<int64_t> end,
                   const OnFrame& on_frame);

}  // namespace tidemark
