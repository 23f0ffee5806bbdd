// What keeps a lake tidy: compaction (as an epoch) and vacuum (outside epochs).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidemark {

enum class Tidying : uint8_t {
  kWhole,  // asked for: as few files as there can be
  kOften,  // every so often: of series with many rows a few files stand beside each other, since
           // merged each time most of a month would be copied for the rows of an hour
  kEpoch,  // by an epoch, for its own small files: what compaction left stays as it is
};

struct CompactionOptions {
  std::vector<std::string> tables;  // empty = all
  Tidying tidying = Tidying::kWhole;
};

struct CompactionReport {
  int64_t files_before = 0, files_after = 0;  // of the files that were rewritten
  int64_t rows = 0;
  int64_t bytes_before = 0;
};

struct VacuumReport {
  std::vector<std::string> keys;  // deleted, or to be deleted; relative to the lake, sorted
  int64_t bytes = 0;
  int64_t oldest_epoch = 0;  // the oldest that stays readable
  int64_t pinned_readers = 0;
};

}  // namespace tidemark
