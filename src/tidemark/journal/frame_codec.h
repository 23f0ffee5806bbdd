// The bytes of frame segments; docs/internals/journal-format.md. Pure: no file is touched here.
//
//   segment = header group*        header: what is known about feeds when the segment begins
//   group   = group header, frames group: what one write holds, with one checksum
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/journal/frame.h"

namespace tidemark {

// Names of feeds by their small number, in order of first use.
class FeedNames {
 public:
  // The number of `name`; `added` tells whether it is new. REQUIRES room for it (size() <
  // kFeedsMax).
  uint32_t NumberOf(std::string_view name, bool* added);
  bool Knows(std::string_view name) const { return numbers_.contains(name); }
  // `name` is number `number`: known as that, or the next. False: it is neither.
  bool Learn(uint32_t number, std::string_view name);
  size_t size() const { return names_.size(); }
  // REQUIRES number < size().
  const std::string& operator[](uint32_t number) const { return names_[number]; }
  size_t bytes() const { return bytes_; }  // in a segment's header

 private:
  std::map<std::string, uint32_t, std::less<>> numbers_;
  std::vector<std::string> names_;
  size_t bytes_ = 0;
};

struct SegmentHeader {
  int64_t first_index = 1;  // of its first frame
  int64_t follows = 1;      // where the frames before it end: those from here on are void in them
  FeedNames feeds;
};
constexpr size_t kSegmentHeaderFixed = 16;  // tells how long the header is
constexpr size_t kSegmentHeaderMin = kSegmentHeaderFixed + 8 + 8 + 4 + 8;  // without feeds
std::string EncodeSegmentHeader(const SegmentHeader& header);
// The length of the whole header by its first kSegmentHeaderFixed bytes. Errors: kCorrupt.
Result<size_t> SegmentHeaderSize(std::string_view fixed);
// `bytes` are the whole header. Errors: kCorrupt, kVersion.
Result<SegmentHeader> DecodeSegmentHeader(std::string_view bytes);

struct GroupHeader {
  uint32_t payload_bytes = 0;  // what follows the header
  uint32_t frames = 0;
  int64_t first_index = 0;
  int64_t durable = 0;  // frames below it were durable before these bytes were written
  ReceiveTime base;     // of its first frame
  uint64_t payload_hash = 0;
  int64_t end() const { return first_index + frames; }
};
constexpr size_t kGroupHeaderBytes = 48;
constexpr std::string_view kGroupMagic = "TMFg";
// `bytes` begin with the header. Errors: kCorrupt.
Result<GroupHeader> DecodeGroupHeader(std::string_view bytes);
// Calls `on_frame` for each frame of a group. Errors: kCorrupt (the checksum differs: then before
// the first call), those of `on_frame`.
Status DecodeGroup(const GroupHeader& header, std::string_view payload, FeedNames* feeds,
                   const OnFrame& on_frame);

// Builds one group after the other at the end of a buffer.
class GroupWriter {
 public:
  // Appends a frame to the open group, or opens one. `index`: of this frame, one more than that of
  // the frame before it in the group.
  void Add(const LoggedFrame& frame, int64_t index, FeedNames* feeds, std::string* buffer);
  // Closes the open group, if there is one.
  void Seal(int64_t durable, std::string* buffer);
  // At least what Add of this frame and Seal append.
  static int64_t MostBytes(const LoggedFrame& frame);

 private:
  GroupHeader header_;  // frames > 0: a group is open
  size_t start_ = 0;    // of the group, in the buffer
  int64_t last_at_us_ = 0;
  int64_t last_connection_ = 0;
  uint32_t last_feed_ = 0;
};

}  // namespace tidemark
