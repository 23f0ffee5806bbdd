#include "tidemark/pipeline/replay.h"

#include <fmt/format.h>

#include "tidemark/base/file.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/feed_writer.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/source/feed/recording.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!IsDirectory(path)) {
      files.push_back(path);
      continue;
    }
    TM_ASSIGN(const std::vector<std::string> below, ListFilesBelow(path));
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

// Brings the messages of recordings into a lake.
class Replayer {
 public:
  Replayer(const Config& config, const ReplayOptions& options, FeedWriter& writer)
      : config_(config), options_(options), writer_(writer), index_(writer.committed()) {}

  Status Read(const std::string& path) {
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
        decoder->Decode(line.text, line.at,
                        writer_.intake().Frame(venue, ++index_, line.at, line.text.size()));
        if (writer_.intake().rows() >= config_.epoch_rows) return writer_.Commit(options_.progress);
      }
      return {};
    });
  }

  Status Finish() {
    TM_TRY(writer_.Commit(options_.progress));
    report.epochs = writer_.epochs();
    report.sources = writer_.Sources();
    report.totals = writer_.intake().totals();
    return {};
  }

  ReplayReport report;

 private:
  const Config& config_;
  const ReplayOptions& options_;
  FeedWriter& writer_;
  int64_t index_;
};

}  // namespace

Result<ReplayReport> Replay(const Config& given, const ReplayOptions& options) {
  const int64_t begun_ns = SystemClock().MonotonicNanos();
  TM_ASSIGN(const std::vector<std::string> files, FilesOf(options.paths));
  Config config = given;
  TM_ASSIGN(config.s3, CredentialsOf(given));
  TM_ASSIGN(const std::unique_ptr<WriteSession> session,
            WriteSession::Open(config, "tidemark replay"));
  TM_ASSIGN(config, EffectiveConfig(config, session->view()));
  FeedWriter writer(config, *session);
  TM_TRY(writer.Begin());
  Replayer replayer(config, options, writer);
  for (const std::string& file : files) {
    if (options.progress != nullptr) options.progress->Begin("replaying " + file);
    if (const Status read = replayer.Read(file); !read) return Fail(read.error().With(file));
  }
  TM_TRY(replayer.Finish());
  ReplayReport report = std::move(replayer.report);
  report.epoch = session->view().epoch();
  report.recovered = session->recovered();
  report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
  return report;
}

}  // namespace tidemark
