// A venue's history by REST: one range after the other, page by page, within the venue's pace.
// Refusals for being too fast, and a venue in trouble, are waited out; a page is tried eight times.
// A range may also be looked at only: then its replies are no frames, and every page of a range
// that is wanted goes first.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "tidemark/base/clock.h"
#include "tidemark/base/log_event.h"
#include "tidemark/base/random.h"
#include "tidemark/source/feed/backfill_range.h"
#include "tidemark/source/feed/feed_frame.h"
#include "tidemark/source/feed/feed_sink.h"
#include "tidemark/source/feed/pace.h"
#include "tidemark/source/net/http_fetch.h"

namespace tidemark {

class FeedBackfill {
 public:
  struct Hooks {
    std::function<void(const FeedFrame&)> frame;
    std::function<FeedSink&()> rows;
    OnLogEvent note;
    // Whether all of the range has been told, when the venue has no more pages, or why not.
    std::function<Status(const BackfillRange&, const BackfillProgress&)> covers;
  };

  // All outlive it.
  FeedBackfill(EventLoop& loop, Clock& clock, const VenueProtocol& protocol,
               std::unique_ptr<RestDecoder> decoder, std::string base_url, std::string ca_file,
               uint64_t seed, Hooks hooks);

  void Add(const Symbol& symbol, const BackfillRange& range, std::function<void(Status)> done);
  // `rows` is borrowed until it is done.
  void Look(const Symbol& symbol, const BackfillRange& range, FeedSink& rows,
            std::function<void(Status)> done);
  void OnTime();                                // often
  void Stop();                                  // every range is done with kUnavailable
  size_t waiting() const;                       // but for looks
  int64_t refused() const { return refused_; }  // requests that were answered, but not with rows

 private:
  struct Job {
    Symbol symbol;
    BackfillRange range;
    std::function<void(Status)> done;
    FeedSink* look = nullptr;  // null: the rows are wanted
    bool to_now = false;       // BackfillRange::Since
    BackfillProgress progress;
    RestRequest request;  // under way
    int tries = 0;        // of this page, in vain
  };

  void PutWantedFirst();
  void Ask(int64_t now);
  EventTime VenueTime() { return {clock_.Now().us - behind_us_}; }
  void OnReply(Result<HttpReply> reply);
  void OnBody(const std::string& body);
  void Retry(std::string_view why, int64_t wait_us);
  void Done(Status status);

  EventLoop& loop_;
  Clock& clock_;
  const VenueProtocol& protocol_;
  std::unique_ptr<RestDecoder> decoder_;
  std::string base_url_, ca_file_;
  Random random_;
  Hooks hooks_;
  Pace pace_;
  std::deque<Job> jobs_;  // the first is under way
  int64_t not_before_ = 0;
  int64_t behind_us_ = 0;  // the venue's clock behind ours, by the Date of its last reply
  int64_t round_ = 0;      // of Stop
  int64_t refused_ = 0;
  std::unique_ptr<HttpFetch> fetch_, fetched_;
};

}  // namespace tidemark
