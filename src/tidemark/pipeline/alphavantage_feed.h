// Alpha Vantage in `live` and `run`: asks what is due, within the budget of the key; a reply goes
// to the frame log, without the key, before its rows count.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/journal/request_budget.h"
#include "tidemark/pipeline/live_source.h"
#include "tidemark/pipeline/live_writer.h"
#include "tidemark/source/alphavantage/alphavantage_decoder.h"
#include "tidemark/source/alphavantage/alphavantage_schedule.h"
#include "tidemark/source/net/http_fetch.h"

namespace tidemark {

// True for a feed that is asked and does not send: `run` pulls it.
bool IsPolled(const SourceConfig& source);
// What a feed's configuration asks for. Errors: kUnsupported (an interval that is not offered),
// kInvalidArgument (nothing is wanted).
Result<std::vector<AlphaVantageRequest>> AlphaVantageRequestsOf(const FeedConfig& feed);
// As configured, else from ALPHAVANTAGE_API_KEY. Errors: kInvalidArgument.
Result<std::string> AlphaVantageKeyOf(const FeedConfig& feed);

class AlphaVantageFeed : public LiveSource {
 public:
  // All but `source` borrowed; `writer` is open. Errors: of the configuration, of the budget.
  static Result<std::unique_ptr<AlphaVantageFeed>> Make(const SourceConfig& source, EventLoop& loop,
                                                        LiveWriter& writer,
                                                        const LiveOptions& options);

  void Start() override;
  void Stop() override { fetch_.reset(); }
  void Turn(int64_t now_us) override;
  void PauseReading(bool paused) override { paused_ = paused; }
  bool idle() const override;
  Status problem() const override { return problem_; }

 private:
  // The request under way, or ended and not yet settled.
  struct Asked {
    size_t task = 0;
    int64_t request = 0;  // in the budget
    AlphaVantageRequest what;
    bool ended = false, answered = false;
    int64_t due = 0;
  };

  AlphaVantageFeed(const FeedConfig& feed, std::string key, AlphaVantageSchedule schedule,
                   EventLoop& loop, LiveWriter& writer, const LiveOptions& options);
  Status Remember();
  void Ask(size_t task, int64_t now);
  void OnReply(const Result<HttpReply>& reply);
  void OnBody(const std::string& body);
  void OnRefusal(const AlphaVantageReply& reply);
  void Ended(bool answered, int64_t due);
  void Failed(ErrorCode code, std::string_view why);
  void RefusedForGood(ErrorCode code, std::string_view why);
  void Hold(int64_t until);
  void Note(std::string_view text) const;
  // Keeps the first for problem().
  void Told(ErrorCode code, std::string text);

  const std::string base_url_, ca_file_, key_;
  AlphaVantageSchedule schedule_;
  EventLoop& loop_;
  LiveWriter& writer_;
  const LiveOptions& options_;
  std::unique_ptr<RequestBudget> budget_;
  AlphaVantageDecoder decoder_;
  std::optional<Asked> asked_;
  std::unique_ptr<HttpFetch> fetch_, fetched_;
  int64_t not_before_ = INT64_MIN;
  int64_t wait_ = 0;  // for room in the budget, as last heard
  bool paused_ = false, told_spent_ = false;
  Status problem_;
};

}  // namespace tidemark
