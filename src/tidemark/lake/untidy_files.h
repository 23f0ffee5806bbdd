// Which files of a partition are not as compaction leaves them: one file per series and calendar
// month or year (SplitFor), or one per series, or one for a small table.
#pragma once

#include <vector>

#include "tidemark/lake/data_file.h"
#include "tidemark/market/tables.h"

namespace tidemark {

// Of `files`, all of one partition: those of several series or over several buckets of time, those
// that share series and bucket with another, and, unless `joined` is false, those whose time such a
// mixed file reaches into, since its rows will join them.
std::vector<const DataFile*> UntidyFiles(const TableSpec& spec,
                                         const std::vector<const DataFile*>& files,
                                         bool joined = true);

}  // namespace tidemark
