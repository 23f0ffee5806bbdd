#include "tidemark/journal/frame_segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tidemark {
namespace {

constexpr std::string_view kSuffix = ".frames";
constexpr size_t kIndexDigits = 19;

template <typename T>
bool ParseDigits(std::string_view text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && text[0] != '-';
}

// A group header at `at` that says more than the frames before `index` was durable.
bool Proves(std::string_view bytes, size_t at, int64_t index) {
  const auto header = DecodeGroupHeader(bytes.substr(at));
  return header && header->durable > index;
}

}  // namespace

std::string FormatSegmentName(const SegmentName& name) {
  return name.attempt == 0 ? fmt::format("{:019}{}", name.first_index, kSuffix)
                           : fmt::format("{:019}.{}{}", name.first_index, name.attempt, kSuffix);
}

std::optional<SegmentName> ParseSegmentName(std::string_view name) {
  if (!name.ends_with(kSuffix) || name.size() < kIndexDigits + kSuffix.size()) return std::nullopt;
  SegmentName parsed;
  if (!ParseDigits(name.substr(0, kIndexDigits), &parsed.first_index)) return std::nullopt;
  const std::string_view attempt =
      name.substr(kIndexDigits, name.size() - kIndexDigits - kSuffix.size());
  if (!attempt.empty() &&
      (attempt.size() < 2 || !ParseDigits(attempt.substr(1), &parsed.attempt))) {
    return std::nullopt;
  }
  // Only what is written as we write it.
  if (parsed.first_index < 1 || FormatSegmentName(parsed) != name) return std::nullopt;
  return parsed;
}

Result<std::vector<SegmentName>> ListSegments(const std::string& folder) {
  TM_ASSIGN(const std::vector<std::string> entries, ListDirectory(folder));
  std::vector<SegmentName> names;
  for (const std::string& entry : entries) {
    if (const auto name = ParseSegmentName(entry)) names.push_back(*name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<SegmentPiece>> ChainSegments(const std::string& folder,
                                                const std::vector<SegmentName>& names) {
  std::vector<SegmentPiece> pieces;
  std::optional<int64_t> end;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    // All its frames were written once more to the next.
    if (end && name->first_index >= *end) continue;
    const std::string path = folder + "/" + FormatSegmentName(*name);
    TM_ASSIGN(const SegmentReader segment, SegmentReader::Open(path));
    if (segment.header().first_index != name->first_index) {
      return Fail(ErrorCode::kCorrupt, path + ": its header and its name contradict each other");
    }
    pieces.push_back({*name, end});
    end = segment.header().follows;
  }
  std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

SegmentReader::SegmentReader(ReadableFile file, std::string path, SegmentHeader header,
                             size_t header_bytes)
    : file_(std::move(file)),
      path_(std::move(path)),
      header_(std::move(header)),
      offset_(static_cast<int64_t>(header_bytes)),
      next_index_(header_.first_index) {}

Result<SegmentReader> SegmentReader::Open(const std::string& path) {
  TM_ASSIGN(ReadableFile file, ReadableFile::Open(path));
  const auto length = static_cast<size_t>(file.size());
  std::string bytes;
  TM_TRY(file.ReadAt(0, std::min(length, kSegmentHeaderFixed), &bytes));
  const auto size = SegmentHeaderSize(bytes);
  if (!size) return Fail(size.error().With(path));
  TM_TRY(file.ReadAt(0, std::min(length, *size), &bytes));
  auto header = DecodeSegmentHeader(bytes);
  if (!header) return Fail(header.error().With(path));
  return SegmentReader(std::move(file), path, *std::move(header), *size);
}

Error SegmentReader::Located(const Error& error) const {
  return error.With(fmt::format("{}: offset {} (frame {})", path_, offset_, next_index_));
}

Result<bool> SegmentReader::NextGroup(const OnFrame& on_frame) {
  const int64_t left = file_.size() - offset_;
  if (left == 0) return false;
  TM_TRY(file_.ReadAt(offset_, std::min(static_cast<size_t>(left), kGroupHeaderBytes), &buffer_));
  const auto header = DecodeGroupHeader(buffer_);
  if (!header) return Fail(Located(header.error()));
  if (header->first_index != next_index_) {
    return Fail(Located(Error(ErrorCode::kCorrupt,
                              fmt::format("the frames here begin with {}", header->first_index))));
  }
  const auto group = static_cast<int64_t>(kGroupHeaderBytes + header->payload_bytes);
  if (group > left) {
    return Fail(Located(Error(ErrorCode::kCorrupt, "ends within a group of frames")));
  }
  TM_TRY(file_.ReadAt(offset_ + static_cast<int64_t>(kGroupHeaderBytes), header->payload_bytes,
                      &buffer_));
  const Status read = DecodeGroup(*header, buffer_, &header_.feeds, on_frame);
  if (!read) return Fail(Located(read.error()));
  offset_ += group;
  next_index_ = header->end();
  return true;
}

Result<bool> WasDurable(const std::string& path, int64_t offset, int64_t index) {
  constexpr size_t kPiece = size_t{1} << 20;
  TM_ASSIGN(const ReadableFile file, ReadableFile::Open(path));
  std::string bytes;
  while (file.size() - offset >= static_cast<int64_t>(kGroupHeaderBytes)) {
    const auto size = static_cast<size_t>(std::min<int64_t>(file.size() - offset, kPiece));
    TM_TRY(file.ReadAt(offset, size, &bytes));
    for (size_t at = bytes.find(kGroupMagic); at != std::string::npos;
         at = bytes.find(kGroupMagic, at + 1)) {
      if (Proves(bytes, at, index)) return true;
    }
    // Pieces overlap by a header less one byte.
    offset += static_cast<int64_t>(size - kGroupHeaderBytes + 1);
  }
  return false;
}

Status ReadSegment(const std::string& path, int64_t from, std::optional<int64_t> end,
                   const OnFrame& on_frame) {
  TM_ASSIGN(SegmentReader segment, SegmentReader::Open(path));
  const auto wanted = [&](const LoggedFrame& frame) -> Status {
    if (frame.index < from) return {};
    return on_frame(frame);
  };
  while (!end || segment.next_index() < *end) {
    TM_ASSIGN(const bool more, segment.NextGroup(wanted));
    if (!more && !end) break;
    if (!more || (end && segment.next_index() > *end)) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("{}: offset {}: its frames end with {}, not {}", path,
                              segment.offset(), segment.next_index() - 1, *end - 1));
    }
  }
  return {};
}

}  // namespace tidemark
