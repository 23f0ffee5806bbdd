// What a connection brought, byte for byte.
#pragma once

#include <cstdint>
#include <string_view>

#include "tidemark/base/time.h"

namespace tidemark {

// What happened on a connection, before anything is read in it. Views live as long as the call.
struct FeedFrame {
  enum class Kind : uint8_t { kOpened, kReceived, kClosed, kRestReply } kind = Kind::kReceived;
  int64_t connection = 0;  // from 1, never used again; 0: of kRestReply
  ReceiveTime at;
  std::string_view about;  // opened: url; closed: reason; REST reply: its QueryText
  std::string_view bytes;  // received: the message; REST reply: the body
};

}  // namespace tidemark
