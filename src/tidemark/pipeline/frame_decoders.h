// Frames out of the log into rows: one decoder for each connection of each feed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tidemark/base/result.h"
#include "tidemark/journal/frame.h"
#include "tidemark/source/feed/feed_decoder.h"

namespace tidemark {

class FrameDecoders {
 public:
  // Gives what the frame holds to `sink`. Every frame of a connection has to come, from its opening
  // or from what the log repeats of it. Errors: kNotFound (a feed of no venue known here).
  Status Decode(const LoggedFrame& frame, FeedSink& sink);

 private:
  std::map<std::pair<std::string, int64_t>, std::unique_ptr<FeedDecoder>> decoders_;
  std::map<std::string, std::unique_ptr<RestDecoder>> rest_;
};

// Takes rows nobody wants.
class NoRows : public FeedSink {
 public:
  void OnTrade(std::string_view, const Trade&, TradeOrigin) override {}
  void OnCandle(const CandleUpdate&) override {}
  void OnControl(const ControlEvent&) override {}
  void OnBook(std::string_view, std::string_view) override {}
  void OnReject(const FeedReject&) override {}
  void OnSequence(const SequenceEvent&) override {}
};

}  // namespace tidemark
