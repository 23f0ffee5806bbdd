#include "tidemark/pipeline/frame_decoders.h"

#include "tidemark/source/feed/backfill_range.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {

Status FrameDecoders::Decode(const LoggedFrame& frame, FeedSink& sink) {
  const std::pair connection(std::string(frame.feed), frame.connection);
  switch (frame.kind) {
    case FrameKind::kOpened: {
      TM_ASSIGN(decoders_[connection], MakeFeedDecoder(frame.feed));
      return {};
    }
    case FrameKind::kClosed:
      decoders_.erase(connection);
      return {};
    case FrameKind::kReceived:
    case FrameKind::kContext: {
      std::unique_ptr<FeedDecoder>& decoder = decoders_[connection];
      if (decoder == nullptr) {
        TM_ASSIGN(decoder, MakeFeedDecoder(frame.feed));
      }
      decoder->Decode(frame.bytes, frame.at, sink);
      return {};
    }
    case FrameKind::kRestReply: {
      std::unique_ptr<RestDecoder>& decoder = rest_[connection.first];
      if (decoder == nullptr) {
        TM_ASSIGN(decoder, MakeRestDecoder(frame.feed));
      }
      TM_ASSIGN(const ParsedQuery query, ParseQueryText(frame.about));
      decoder->Decode(query.query(), frame.bytes, frame.at, sink);
      return {};
    }
    case FrameKind::kTick:
    case FrameKind::kSaid:
    case FrameKind::kLake:
      return {};
  }
  return {};
}

}  // namespace tidemark
