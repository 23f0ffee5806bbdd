// A frame: something that happened on a connection of a live feed, before anything is read in it.
// Frames cannot be had again, so they are kept (frame_log.h) until what was made of them is in the
// lake.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

// Stored as these numbers.
enum class FrameKind : uint8_t {
  kOpened = 0,     // a connection; about: its URL
  kReceived = 1,   // a message
  kClosed = 2,     // about: the reason
  kRestReply = 3,  // about: the query
  kContext = 4,    // what decoding depends on: the writer's own bytes
  kTick = 5,       // time went on and nothing came
  kSaid = 6,       // about: a series; bytes: the forecasts that were said of it
  kLake = 7,       // about: "", an epoch was cut; or it was opened, with the frames to that index
};
constexpr int kFrameKinds = 8;

// Its views live as long as the call that gets it.
struct LoggedFrame {
  int64_t index = 0;  // given by the log, from 1, in order
  FrameKind kind = FrameKind::kReceived;
  std::string_view feed;   // "binance", at most 255 bytes
  int64_t connection = 0;  // of the feed
  ReceiveTime at;
  std::string_view about;  // at most 1 MiB
  std::string_view bytes;  // at most 64 MiB
};

constexpr size_t kFeedNameMax = 255;
constexpr size_t kFeedsMax = 4096;  // names in one log
constexpr size_t kFrameAboutMax = size_t{1} << 20;
constexpr size_t kFrameBytesMax = size_t{64} << 20;

using OnFrame = std::function<Status(const LoggedFrame&)>;

}  // namespace tidemark
