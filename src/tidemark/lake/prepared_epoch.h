// An epoch that is written but not yet visible: what must still be put, byte for byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"

namespace tidemark {

struct PreparedCommit {
  std::string table;
  int64_t version = 0;
  Bytes bytes;  // the whole commit file of that version
};

struct PreparedEpoch {
  int64_t epoch = 0;
  std::vector<PreparedCommit> commits;  // by table name; only tables that change
  Bytes record;                         // _tidemark/epochs/<epoch>.json
  std::vector<std::string> files;       // keys of the data files this epoch wrote

  // Layout: docs/internals/epochs.md. Parse: kCorrupt, kVersion.
  Bytes Serialize() const;
  static Result<PreparedEpoch> Parse(std::string_view bytes);
};

}  // namespace tidemark
