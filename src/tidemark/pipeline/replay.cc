#include "tidemark/pipeline/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "tidemark/base/file.h"
#include "tidemark/journal/frame_log.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/feed_writer.h"
#include "tidemark/pipeline/frame_decoders.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/source/feed/recording.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

// Files of conversations, and folders of frames.
Result<std::vector<std::string>> RecordingsOf(const std::vector<std::string>& paths) {
  std::vector<std::string> recordings;
  for (const std::string& path : paths) {
    if (!IsDirectory(path)) {
      recordings.push_back(path);
      continue;
    }
    TM_ASSIGN(const std::vector<std::string> below, ListFilesBelow(path));
    for (const std::string& file : below) {
      std::string recording = IsFrameSegment(file) ? file.substr(0, file.rfind('/')) : file;
      if (recordings.empty() || recordings.back() != recording) {
        recordings.push_back(std::move(recording));
      }
    }
  }
  if (recordings.empty()) return Fail(ErrorCode::kNotFound, "there is no recording");
  return recordings;
}

// Brings recordings into a lake.
class Replayer {
 public:
  Replayer(const Config& config, const ReplayOptions& options, FeedWriter& writer)
      : config_(config), options_(options), writer_(writer), index_(writer.committed()) {}

  Status Read(const std::string& path) {
    first_at_.reset();
    if (!IsDirectory(path) && !IsFrameSegment(path)) return ReadConversation(path);
    TM_TRY(ReadFrames(path, [&](const LoggedFrame& frame) { return FindInVain(frame); }));
    before_ = index_;
    retaken_to_ = 0;
    return ReadFrames(path, [&](const LoggedFrame& frame) -> Status {
      TM_TRY(MindLake(frame));
      index_ = before_ + frame.index;
      return Take(frame);
    });
  }

  Status Finish() {
    TM_TRY(Commit());
    report.epochs = writer_.epochs();
    report.sources = writer_.Sources();
    report.totals += writer_.intake().totals();
    return {};
  }

  ReplayReport report;

 private:
  Status ReadConversation(const std::string& path) {
    std::unique_ptr<FeedDecoder> decoder;
    std::string venue;
    return ReadRecording(path, [&](const RecordedLine& line) -> Status {
      if (line.kind == RecordedLine::Kind::kOpened) {
        venue = options_.venue.empty() ? VenueOfUrl(line.url) : options_.venue;
        if (venue.empty()) {
          return Fail(ErrorCode::kInvalidArgument,
                      fmt::format("{} is the address of no venue known here (set --venue)",
                                  line.url.substr(0, 80)));
        }
        TM_ASSIGN(decoder, MakeFeedDecoder(venue));
        writer_.intake().Passed(FrameKind::kOpened, venue, index_, line.at);
        ++report.connections;
      } else if (line.kind != RecordedLine::Kind::kReceived) {
        report.other_lines += line.kind == RecordedLine::Kind::kBlank ? 0 : 1;
      } else if (decoder == nullptr) {
        return Fail(ErrorCode::kParse, "a message before any connection was opened");
      } else {
        Wait(line.at);
        decoder->Decode(line.text, line.at,
                        writer_.intake().Frame(venue, ++index_, line.at, line.text.size()));
        return CommitIsDue() ? Commit() : Status();
      }
      return {};
    });
  }

  // A life, or an epoch that failed, has taken its last frames in vain: the next one took them
  // again, with what the lake said when the last epoch was committed.
  struct InVain {
    int64_t committed;  // of the frames before
    int64_t opened;     // the frame that tells
  };
  Status FindInVain(const LoggedFrame& frame) {
    if (frame.kind != FrameKind::kLake || frame.about.empty()) return {};
    const auto committed = IdNumber(frame.about);
    if (!committed) return Fail(ErrorCode::kCorrupt, "an opening that does not say what there was");
    in_vain_.push_back({*committed, frame.index});
    return {};
  }

  Status MindLake(const LoggedFrame& frame) {
    bool again = false;
    while (!in_vain_.empty() && in_vain_.front().committed < frame.index) {
      again = true;
      retaken_to_ = in_vain_.front().opened;
      in_vain_.pop_front();
    }
    if (again && index_ > before_) {
      TM_TRY(Commit());
      report.totals += writer_.intake().totals();
      TM_TRY(writer_.Restart());
    }
    const bool cut = frame.kind == FrameKind::kLake && frame.about.empty();
    if (!cut || frame.index <= retaken_to_) return {};
    // There and nowhere else, for an epoch is a cut.
    if (CommitIsDue()) return Commit();
    writer_.intake().Cut();
    return {};
  }

  // What a segment repeats of a connection is news where the recording begins, and is taken with
  // all else that is taken again.
  Status Take(const LoggedFrame& frame) {
    const std::pair connection(std::string(frame.feed), frame.connection);
    const auto opened = opened_.find(connection);
    const bool retaken = frame.index <= retaken_to_;
    if (frame.kind == FrameKind::kLake) return {};
    if (frame.kind == FrameKind::kContext) {
      const bool news = retaken || opened == opened_.end();
      return news ? frames_.Decode(frame, nobody_) : Status();
    }
    if (frame.kind == FrameKind::kOpened) {
      const bool again = opened != opened_.end() && opened->second == frame.at;
      if (again && !retaken) return {};
      opened_[connection] = frame.at;
      report.connections += again ? 0 : 1;
    } else if (frame.kind == FrameKind::kClosed && opened != opened_.end()) {
      opened_.erase(opened);
    }
    Wait(frame.at);
    if (frame.kind == FrameKind::kSaid) {
      return writer_.intake().Said(frame.feed, index_, frame.at, frame.bytes);
    }
    FeedSink* const rows = writer_.intake().RowsOf(frame, index_);
    return frames_.Decode(frame, rows == nullptr ? nobody_ : *rows);
  }

  // Until what was received then is due.
  void Wait(ReceiveTime at) {
    if (options_.speed == 0) return;
    const int64_t now_ns = SystemClock().MonotonicNanos();
    if (!first_at_) {
      first_at_ = at;
      first_ns_ = now_ns;
    }
    const double after_us = static_cast<double>(at.us - first_at_->us) / options_.speed;
    const int64_t due_ns = first_ns_ + static_cast<int64_t>(after_us * 1000);
    if (now_ns < due_ns) std::this_thread::sleep_for(std::chrono::nanoseconds(due_ns - now_ns));
  }

  // Paced, there are epochs as in live, to be watched.
  bool CommitIsDue() {
    const int64_t passed_ns = SystemClock().MonotonicNanos() - committed_ns_;
    const bool time = options_.speed > 0 && passed_ns >= config_.epoch_us * 1000;
    return time || writer_.intake().rows() >= config_.epoch_rows;
  }

  Status Commit() {
    TM_TRY(writer_.Commit(options_.progress));
    committed_ns_ = SystemClock().MonotonicNanos();
    return {};
  }

  const Config& config_;
  const ReplayOptions& options_;
  FeedWriter& writer_;
  int64_t index_;
  int64_t before_ = 0;  // index_ when the recording of frames began
  std::deque<InVain> in_vain_;
  int64_t retaken_to_ = 0;  // the frame by which all before, that were taken in vain, were again
  FrameDecoders frames_;
  NoRows nobody_;
  // Connections of feeds that are open, since when.
  std::map<std::pair<std::string, int64_t>, ReceiveTime> opened_;
  std::optional<ReceiveTime> first_at_;  // of the recording
  int64_t first_ns_ = 0, committed_ns_ = SystemClock().MonotonicNanos();
};

}  // namespace

Result<ReplayReport> Replay(const Config& given, const ReplayOptions& options) {
  const int64_t begun_ns = SystemClock().MonotonicNanos();
  TM_ASSIGN(const std::vector<std::string> recordings, RecordingsOf(options.paths));
  Config config = given;
  TM_ASSIGN(config.s3, CredentialsOf(given));
  TM_ASSIGN(const std::unique_ptr<WriteSession> session,
            WriteSession::Open(config, "tidemark replay"));
  TM_ASSIGN(config, EffectiveConfig(config, session->view()));
  FeedWriter writer(config, *session);
  TM_TRY(writer.Begin());
  Replayer replayer(config, options, writer);
  for (const std::string& path : recordings) {
    if (options.progress != nullptr) options.progress->Begin("replaying " + path);
    if (const Status read = replayer.Read(path); !read) return Fail(read.error().With(path));
  }
  TM_TRY(replayer.Finish());
  ReplayReport report = std::move(replayer.report);
  report.epoch = session->view().epoch();
  report.recovered = session->recovered();
  report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
  return report;
}

}  // namespace tidemark
