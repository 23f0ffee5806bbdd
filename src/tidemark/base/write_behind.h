// Writing many files whose durability is settled once, at the end: the bytes start their way to the
// disk at once and nobody waits for them until SyncFiles.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

// Creates or truncates and writes a file and starts write-back. Not durable before SyncFiles.
Status WriteFileBehind(const std::string& path, std::string_view bytes);

// Makes files written by WriteFileBehind durable, and their names: every file is synced, then every
// folder that holds one or leads to one from `root` (a prefix of all paths), each once.
Status SyncFiles(const std::string& root, const std::vector<std::string>& paths);

}  // namespace tidemark
