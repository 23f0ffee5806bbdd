// The part of Kraken's decoder for the second version of its protocol.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

void DecodeKrakenV2(const Json& root, FeedMessage& message);

}  // namespace tidemark
