#include "tidemark/source/feed/feed_event.h"

namespace tidemark {

std::string_view NameOf(ControlKind kind) {
  static constexpr std::string_view kNames[] = {"subscribed", "unsubscribed", "heartbeat", "pong",
                                                "status",     "notice",       "error"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view NameOf(ControlAction action) {
  static constexpr std::string_view kNames[] = {"none", "resubscribe", "reconnect", "drop_symbol",
                                                "slow_down"};
  return kNames[static_cast<size_t>(action)];
}

}  // namespace tidemark
