// Frames for tests, fuzz targets and benchmarks of the frame log.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/random.h"
#include "tidemark/journal/frame_log.h"

namespace tidemark {

// A frame that owns its bytes.
struct OwnedFrame {
  int64_t index = 0;
  FrameKind kind = FrameKind::kReceived;
  std::string feed = "binance";
  int64_t connection = 1;
  ReceiveTime at{1'700'000'000 * kMicrosPerSecond};
  std::string about;
  std::string bytes;

  static OwnedFrame Of(const LoggedFrame& f) {
    return {f.index,
            f.kind,
            std::string(f.feed),
            f.connection,
            f.at,
            std::string(f.about),
            std::string(f.bytes)};
  }
  LoggedFrame View() const { return {index, kind, feed, connection, at, about, bytes}; }
  bool operator==(const OwnedFrame&) const = default;
};

using Frames = std::vector<OwnedFrame>;

// Mostly small, of a few feeds and connections; times mostly go on.
inline OwnedFrame RandomFrame(Random& random) {
  static const char* const kFeeds[] = {"binance", "coinbase", "kraken", "", "bitstamp"};
  OwnedFrame frame;
  frame.kind = static_cast<FrameKind>(random.Below(kFrameKinds));
  frame.feed = kFeeds[random.Below(random.Below(4) == 0 ? 5 : 2)];
  frame.connection = random.Below(50) == 0 ? static_cast<int64_t>(random.Next())
                                           : static_cast<int64_t>(random.Below(3));
  frame.at.us = random.Below(50) == 0 ? static_cast<int64_t>(random.Next())
                                      : frame.at.us + static_cast<int64_t>(random.Below(1'000'000));
  if (random.Below(5) == 0) frame.about.assign(random.Below(200), 'a');
  const size_t size = random.Below(30) == 0 ? random.Below(5000) : random.Below(120);
  frame.bytes.reserve(size);
  while (frame.bytes.size() < size) frame.bytes.push_back(static_cast<char>(random.Next()));
  return frame;
}

// All frames `read` gives, and how it ended.
template <typename Read>
std::pair<Frames, Status> CollectFrames(const Read& read) {
  Frames frames;
  Status status = read([&](const LoggedFrame& frame) -> Status {
    frames.push_back(OwnedFrame::Of(frame));
    return {};
  });
  return {std::move(frames), std::move(status)};
}

}  // namespace tidemark
