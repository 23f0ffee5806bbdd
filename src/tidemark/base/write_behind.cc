#include "tidemark/base/write_behind.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "tidemark/base/fault.h"
#include "tidemark/base/file.h"

namespace tidemark {

Status WriteFileBehind(const std::string& path, std::string_view bytes) {
  TM_TRY(FaultPoint("write", path));
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const auto fail = [&](std::string_view what) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound
                           : error == EACCES || error == EPERM || error == EROFS
                               ? ErrorCode::kPermission
                               : ErrorCode::kIo;
    return Fail(code, fmt::format("{} {}: {}", what, path, std::strerror(error)));
  };
  if (fd < 0) return fail("create");
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), std::min<size_t>(bytes.size(), 1 << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("write");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  // Only a hint: file systems that do not know it lose nothing but time.
  (void)::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
  if (::close(fd) != 0) {
    return Fail(ErrorCode::kIo, fmt::format("close {}: {}", path, std::strerror(errno)));
  }
  return {};
}

namespace {

// Syncs wait for the device, not for a processor, so a few of them go side by side. The fault
// points are passed first and in order, so that tests can name each of them.
Status SyncAll(const std::vector<std::string>& paths, int open_flags) {
  std::atomic<size_t> next{0};
  std::atomic<int> error{0};
  std::atomic<size_t> failed{0};
  const auto work = [&] {
    for (size_t i = next++; i < paths.size(); i = next++) {
      const int fd = ::open(paths[i].c_str(), O_RDONLY | O_CLOEXEC | open_flags);
      const bool good = fd >= 0 && ::fsync(fd) == 0;
      if (!good && error == 0) {
        error = errno;
        failed = i;
      }
      if (fd >= 0) ::close(fd);
    }
  };
  for (const std::string& path : paths) {
    TM_TRY(FaultPoint(open_flags == 0 ? "sync" : "sync folder", path));
  }
  {
    std::vector<std::jthread> helpers;
    for (size_t t = 1; t < std::min<size_t>(4, paths.size()); ++t) helpers.emplace_back(work);
    work();
  }
  if (error == 0) return {};
  return Fail(ErrorCode::kIo, fmt::format("sync {}: {}", paths[failed], std::strerror(error)));
}

}  // namespace

Status SyncFiles(const std::string& root, const std::vector<std::string>& paths) {
  TM_TRY(SyncAll(paths, 0));
  std::map<std::string, size_t> files_in;
  for (const std::string& path : paths) {
    ++files_in[std::filesystem::path(path).parent_path().string()];
  }
  std::set<std::string> folders;
  for (const auto& [leaf, files] : files_in) {
    folders.insert(leaf);
    // A folder that holds more than these files was made durable with the ones before.
    TM_ASSIGN(const std::vector<std::string> entries, ListDirectory(leaf));
    if (entries.size() > files) continue;
    for (std::string folder = leaf; folder.size() > root.size();) {
      folder = std::filesystem::path(folder).parent_path().string();
      folders.insert(folder);
    }
  }
  return SyncAll({folders.begin(), folders.end()}, O_DIRECTORY);
}

}  // namespace tidemark
