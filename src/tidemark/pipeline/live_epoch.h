// An epoch of `live` under way, on a thread of its own: the feeds go on meanwhile.
#pragma once

#include <atomic>
#include <optional>
#include <set>
#include <vector>

#include "tidemark/base/parallel.h"
#include "tidemark/base/result.h"
#include "tidemark/pipeline/feed_writer.h"
#include "tidemark/pipeline/tip.h"
#include "tidemark/pipeline/upkeep.h"

namespace tidemark {

class LiveEpoch {
 public:
  struct Outcome {
    FeedWriter::Written written;
    std::vector<Tip> tips;  // of the series whose features or models are others
    int64_t rows = 0;
    int64_t micros = 0;  // that it took
  };

  // All borrowed; the writer but for its intake, and the session, are this one's until it is done.
  LiveEpoch(const Config& config, WriteSession& session, FeedWriter& writer, TipReader& tips,
            FeedWriter::Cut cut, int64_t rows, std::optional<CompactionOptions> compact);

  bool done() const { return done_; }
  // Waits until it is done. Errors: those of RunEpoch, of compacting, and of reading the tips.
  Result<Outcome> Wait();
  FeedWriter::Cut TakeCut() { return std::move(cut_); }

 private:
  Result<Outcome> Run();

  const Config& config_;
  WriteSession& session_;
  FeedWriter& writer_;
  TipReader& tips_;
  FeedWriter::Cut cut_;
  int64_t rows_;
  std::optional<CompactionOptions> compact_;
  std::atomic<bool> done_ = false;
  Result<Outcome> outcome_ = Outcome{};
  ThreadPool thread_{2, true};  // this one, and the epoch's
  ThreadPool::Group group_{thread_};
};

}  // namespace tidemark
