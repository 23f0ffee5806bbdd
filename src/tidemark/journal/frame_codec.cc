#include "tidemark/journal/frame_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"

namespace tidemark {
namespace {

constexpr std::string_view kSegmentMagic = "TMFRAMES";
constexpr uint32_t kVersion = 1;
constexpr size_t kSegmentHeaderMax = kSegmentHeaderMin + kFeedsMax * (kFeedNameMax + 1);

// The first byte of a frame: its kind in three bits, then these.
constexpr uint8_t kKindBits = 7;
constexpr uint8_t kSameSource = 8;  // feed and connection as the frame before it in the group
constexpr uint8_t kNewFeed = 16;    // the name of the feed stands behind its number
constexpr uint8_t kHasAbout = 32;
constexpr uint8_t kUnusedBits = 64 | 128;

constexpr size_t kVarintMax = 10;
constexpr size_t kFrameFixedMax = 1 + 6 * kVarintMax;

template <typename T>
T At(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

template <typename T>
void PutAt(char* to, size_t offset, T value) {
  std::memcpy(to + offset, &value, sizeof(T));
}

uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t UnZigZag(uint64_t value) { return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1)); }

// Differences of times wrap round, so that every pair of times has one.
int64_t Difference(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t Sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

char* PutVarint(char* to, uint64_t value) {
  for (; value >= 128; value >>= 7) *to++ = static_cast<char>(value | 128);
  *to++ = static_cast<char>(value);
  return to;
}

// Reads a group's frames. After a short or wrong read ok() is false and every value is zero.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view in) : in_(in) {}
  bool ok() const { return ok_; }
  bool done() const { return in_.empty(); }
  uint8_t Byte() {
    const std::string_view byte = Text(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const uint8_t byte = Byte();
      if (shift == 63 && byte > 1) break;
      value |= uint64_t{byte & 127U} << shift;
      if (byte < 128) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string_view Text(uint64_t size) {
    if (size > in_.size()) {
      ok_ = false;
      in_ = {};
      return {};
    }
    const std::string_view text = in_.substr(0, size);
    in_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view in_;
  bool ok_ = true;
};

uint32_t HeaderCheck(const char* header) {
  return static_cast<uint32_t>(Hash64({header, kGroupHeaderBytes - sizeof(uint32_t)}));
}

std::unexpected<Error> Damaged(std::string what) {
  return Fail(ErrorCode::kCorrupt, std::move(what));
}

}  // namespace

uint32_t FeedNames::NumberOf(std::string_view name, bool* added) {
  const auto known = numbers_.find(name);
  *added = known == numbers_.end();
  if (!*added) return known->second;
  CHECK(size() < kFeedsMax);
  const auto number = static_cast<uint32_t>(size());
  numbers_.emplace(name, number);
  names_.emplace_back(name);
  bytes_ += 1 + name.size();
  return number;
}

bool FeedNames::Learn(uint32_t number, std::string_view name) {
  if (number < size()) return (*this)[number] == name;
  if (number != size() || size() == kFeedsMax) return false;
  bool added = false;
  NumberOf(name, &added);
  return added;
}

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  const auto put = [&out](auto value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  put(kVersion);
  put(uint32_t{0});  // the size, below
  put(header.first_index);
  put(header.follows);
  put(static_cast<uint32_t>(header.feeds.size()));
  for (uint32_t number = 0; number < header.feeds.size(); ++number) {
    put(static_cast<uint8_t>(header.feeds[number].size()));
    out += header.feeds[number];
  }
  PutAt(out.data(), 12, static_cast<uint32_t>(out.size() + sizeof(uint64_t)));
  put(Hash64(out));
  return out;
}

Result<size_t> SegmentHeaderSize(std::string_view fixed) {
  if (fixed.size() < kSegmentHeaderFixed) return Damaged("ends within its header");
  if (!fixed.starts_with(kSegmentMagic)) return Damaged("does not begin as a frame segment");
  const auto size = At<uint32_t>(fixed, 12);
  if (size < kSegmentHeaderMin || size > kSegmentHeaderMax) {
    return Damaged("its header has an impossible size");
  }
  return size;
}

Result<SegmentHeader> DecodeSegmentHeader(std::string_view bytes) {
  TM_ASSIGN(const size_t size, SegmentHeaderSize(bytes));
  if (bytes.size() != size) return Damaged("ends within its header");
  const size_t end = size - sizeof(uint64_t);
  if (Hash64(bytes.substr(0, end)) != At<uint64_t>(bytes, end)) {
    return Damaged("its header does not match its checksum");
  }
  if (const auto version = At<uint32_t>(bytes, 8); version != kVersion) {
    return Fail(ErrorCode::kVersion, fmt::format("written by another version ({})", version));
  }
  SegmentHeader header;
  header.first_index = At<int64_t>(bytes, 16);
  header.follows = At<int64_t>(bytes, 24);
  const auto feeds = At<uint32_t>(bytes, 32);
  PayloadReader names(bytes.substr(36, end - 36));
  for (uint32_t number = 0; number < feeds; ++number) {
    const std::string_view name = names.Text(names.Byte());
    if (!names.ok() || !header.feeds.Learn(number, name)) {
      return Damaged("its header names its feeds wrongly");
    }
  }
  if (!names.done() || header.follows < 1 || header.follows > header.first_index) {
    return Damaged("its header contradicts itself");
  }
  return header;
}

Result<GroupHeader> DecodeGroupHeader(std::string_view bytes) {
  if (bytes.size() < kGroupHeaderBytes) return Damaged("ends within the header of a group");
  if (!bytes.starts_with(kGroupMagic)) return Damaged("no group of frames begins here");
  if (HeaderCheck(bytes.data()) != At<uint32_t>(bytes, 44)) {
    return Damaged("the header of a group does not match its checksum");
  }
  GroupHeader header;
  header.payload_bytes = At<uint32_t>(bytes, 4);
  header.first_index = At<int64_t>(bytes, 8);
  header.durable = At<int64_t>(bytes, 16);
  header.base.us = At<int64_t>(bytes, 24);
  header.payload_hash = At<uint64_t>(bytes, 32);
  header.frames = At<uint32_t>(bytes, 40);
  if (header.frames == 0 || header.frames > header.payload_bytes || header.durable < 1 ||
      header.first_index < header.durable || header.first_index > INT64_MAX - UINT32_MAX) {
    return Damaged("the header of a group contradicts itself");
  }
  return header;
}

Status DecodeGroup(const GroupHeader& header, std::string_view payload, FeedNames* feeds,
                   const OnFrame& on_frame) {
  if (Hash64(payload) != header.payload_hash) {
    return Damaged("a group of frames does not match its checksum");
  }
  const auto contradiction = [] { return Damaged("a group of frames contradicts itself"); };
  PayloadReader in(payload);
  LoggedFrame frame;
  frame.at = header.base;
  for (uint32_t i = 0; i < header.frames; ++i) {
    frame.index = header.first_index + i;
    const uint8_t tag = in.Byte();
    const bool same_source = (tag & kSameSource) != 0;
    if ((tag & kUnusedBits) != 0 || (tag & kKindBits) >= kFrameKinds || (same_source && i == 0)) {
      return contradiction();
    }
    frame.kind = static_cast<FrameKind>(tag & kKindBits);
    if (!same_source) {
      const uint64_t feed = in.Varint();
      if (feed >= kFeedsMax) return contradiction();
      const auto number = static_cast<uint32_t>(feed);
      const bool known =
          (tag & kNewFeed) != 0 ? feeds->Learn(number, in.Text(in.Byte())) : number < feeds->size();
      if (!in.ok() || !known) return contradiction();
      frame.feed = (*feeds)[number];
      frame.connection = UnZigZag(in.Varint());
    }
    frame.at.us = Sum(frame.at.us, UnZigZag(in.Varint()));
    frame.about = (tag & kHasAbout) != 0 ? in.Text(in.Varint()) : std::string_view();
    frame.bytes = in.Text(in.Varint());
    if (!in.ok()) return contradiction();
    TM_TRY(on_frame(frame));
  }
  return in.done() ? Status() : contradiction();
}

void GroupWriter::Add(const LoggedFrame& frame, int64_t index, FeedNames* feeds,
                      std::string* buffer) {
  const bool opens = header_.frames == 0;
  if (opens) {
    start_ = buffer->size();
    buffer->append(kGroupHeaderBytes, '\0');
    header_.first_index = index;
    header_.base = frame.at;
    last_at_us_ = frame.at.us;
  }
  CHECK(index == header_.end());
  ++header_.frames;
  char fixed[kFrameFixedMax + kFeedNameMax];
  char* to = fixed + 1;
  auto tag = static_cast<uint8_t>(frame.kind);
  bool is_new = false;
  const bool same_feed = !opens && last_feed_ < feeds->size() && (*feeds)[last_feed_] == frame.feed;
  if (same_feed && last_connection_ == frame.connection) {
    tag |= kSameSource;
  } else {
    if (!same_feed) last_feed_ = feeds->NumberOf(frame.feed, &is_new);
    to = PutVarint(to, last_feed_);
    if (is_new) {
      tag |= kNewFeed;
      *to++ = static_cast<char>(frame.feed.size());
      to = std::copy(frame.feed.begin(), frame.feed.end(), to);
    }
    last_connection_ = frame.connection;
    to = PutVarint(to, ZigZag(frame.connection));
  }
  to = PutVarint(to, ZigZag(Difference(frame.at.us, last_at_us_)));
  last_at_us_ = frame.at.us;
  if (!frame.about.empty()) {
    tag |= kHasAbout;
    to = PutVarint(to, frame.about.size());
  }
  fixed[0] = static_cast<char>(tag);
  if (!frame.about.empty()) {
    buffer->append(fixed, static_cast<size_t>(to - fixed));
    buffer->append(frame.about);
    to = fixed;
  }
  to = PutVarint(to, frame.bytes.size());
  buffer->append(fixed, static_cast<size_t>(to - fixed));
  buffer->append(frame.bytes);
}

void GroupWriter::Seal(int64_t durable, std::string* buffer) {
  if (header_.frames == 0) return;
  char* to = buffer->data() + start_;
  const size_t payload = buffer->size() - start_ - kGroupHeaderBytes;
  std::copy(kGroupMagic.begin(), kGroupMagic.end(), to);
  PutAt(to, 4, static_cast<uint32_t>(payload));
  PutAt(to, 8, header_.first_index);
  PutAt(to, 16, durable);
  PutAt(to, 24, header_.base.us);
  PutAt(to, 32, Hash64({to + kGroupHeaderBytes, payload}));
  PutAt(to, 40, header_.frames);
  PutAt(to, 44, HeaderCheck(to));
  header_ = {};
}

int64_t GroupWriter::MostBytes(const LoggedFrame& frame) {
  return static_cast<int64_t>(kGroupHeaderBytes + kFrameFixedMax + frame.feed.size() +
                              frame.about.size() + frame.bytes.size());
}

}  // namespace tidemark
