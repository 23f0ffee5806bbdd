// Keeps the state of a `live` current and hands it on: to whoever asked for it, and as a note to
// `status`.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tidemark/pipeline/live_note.h"
#include "tidemark/pipeline/live_source.h"
#include "tidemark/pipeline/live_writer.h"

namespace tidemark {

class LiveWatch {
 public:
  using Feeds = std::vector<std::unique_ptr<LiveSource>>;

  // Both borrowed.
  LiveWatch(const LiveOptions& options, const LiveWriter& writer)
      : options_(options), writer_(writer) {}
  ~LiveWatch();
  LiveWatch(const LiveWatch&) = delete;
  LiveWatch& operator=(const LiveWatch&) = delete;

  void Begin(const Feeds& feeds);  // the feeds start; the writer is open
  void Turn(const Feeds& feeds);   // often
  // How it ended. Both are told with the next turn, whatever the time.
  void Committed(const Status& status);
  void Logged(const Status& status);

 private:
  void Describe(const Feeds& feeds, ReceiveTime now);
  void Note();

  const LiveOptions& options_;
  const LiveWriter& writer_;
  LiveState state_;
  int64_t next_us_ = 0;
  std::string note_path_;
  std::optional<FileLock> note_;  // nullopt: not yet
  std::optional<std::vector<LiveProblem>> noted_;
};

}  // namespace tidemark
