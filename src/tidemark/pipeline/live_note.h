// How a `live` that is running tells `status` how it stands: a small file beside the journal, whose
// lock it holds. A note whose lock nobody holds is of a process that is gone, and counts for
// nothing. On a disk that is full, or a lake that became read-only, it can be written still.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/base/time.h"

namespace tidemark {

// Something that somebody should know of.
struct LiveProblem {
  std::string code;     // "epoch_failing"; stays the same when the words change
  std::string message;  // the same as long as the trouble is the same
  bool operator==(const LiveProblem&) const = default;
};

std::string LiveNotePath(const std::string& journal_folder);

struct LiveNote {
  int64_t process = 0;
  ReceiveTime started;
  std::vector<LiveProblem> problems;

  std::string ToJson() const;
  // nullopt: no live is running here, or it cannot be read.
  static std::optional<LiveNote> Read(const std::string& path);
};

}  // namespace tidemark
