#include "tidemark/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "tidemark/base/fault.h"

namespace tidemark {
namespace {

std::unexpected<Error> FailErrno(std::string_view what, std::string_view path) {
  const int error = errno;
  const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound
                         : error == EACCES || error == EPERM || error == EROFS
                             ? ErrorCode::kPermission
                         : error == EEXIST ? ErrorCode::kConflict
                                           : ErrorCode::kIo;
  return Fail(code, fmt::format("{} {}: {}", what, path, std::strerror(error)));
}

// Owns a descriptor within one function.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), std::min<size_t>(bytes.size(), 1 << 30));
    if (n < 0) {
      if (errno == EINTR) continue;
      return FailErrno("write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

std::string ParentOf(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

Result<std::string> ReadFile(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FailErrno("open", path);
  std::string bytes;
  struct stat info{};
  if (::fstat(file.get(), &info) == 0 && info.st_size > 0) {
    bytes.reserve(static_cast<size_t>(info.st_size) + 1);
  }
  size_t used = 0;
  for (;;) {
    bytes.resize(std::max(bytes.capacity(), used + 65536));
    const ssize_t n = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("read", path);
    if (n == 0) break;
    used += static_cast<size_t>(n);
  }
  bytes.resize(used);
  return bytes;
}

Status WriteFileSynced(const std::string& path, std::string_view bytes) {
  TM_TRY(FaultPoint("write", path));
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return FailErrno("create", path);
  TM_TRY(WriteAll(file.get(), bytes, path));
  TM_TRY(FaultPoint("sync", path));
  if (::fsync(file.get()) != 0) return FailErrno("sync", path);
  return {};
}

namespace {

// The file may be ours, from before the sync of its folder failed, and the caller may go on from
// it: its name is durable before anybody is told that it is there.
Status FailExisting(const std::string& path) {
  TM_TRY(SyncDirectory(ParentOf(path)));
  return Fail(ErrorCode::kConflict, path + " exists");
}

}  // namespace

Status PutIfAbsent(const std::string& path, std::string_view bytes) {
  if (FileExists(path)) return FailExisting(path);
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  TM_TRY(WriteFileSynced(temporary, bytes));
  TM_TRY(FaultPoint("link", path));
  const int linked = ::link(temporary.c_str(), path.c_str());
  if (linked != 0) {
    const auto failure = FailErrno("link", path);
    ::unlink(temporary.c_str());
    if (failure.error().code() == ErrorCode::kConflict) return FailExisting(path);
    return failure;
  }
  ::unlink(temporary.c_str());
  return SyncDirectory(ParentOf(path));
}

Status SyncFile(const std::string& path) {
  TM_TRY(FaultPoint("sync", path));
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FailErrno("open", path);
  if (::fsync(file.get()) != 0) return FailErrno("sync", path);
  return {};
}

Status SyncDirectory(const std::string& path) {
  TM_TRY(FaultPoint("sync folder", path));
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return FailErrno("open", path);
  if (::fsync(folder.get()) != 0) return FailErrno("sync", path);
  return {};
}

Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  errno = error.value();
  return FailErrno("create folder", path);
}

Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return FailErrno("remove", path);
  return {};
}

Status RenameFile(const std::string& from, const std::string& to) {
  TM_TRY(FaultPoint("rename", to));
  if (::rename(from.c_str(), to.c_str()) != 0) return FailErrno("rename", from);
  return {};
}

namespace {

Status CopyFileSynced(const std::string& from, const std::string& to) {
  TM_ASSIGN(const ReadableFile source, ReadableFile::Open(from));
  TM_ASSIGN(AppendFile copy, AppendFile::Create(to));
  std::string piece;
  for (int64_t at = 0; at < source.size(); at += static_cast<int64_t>(piece.size())) {
    const auto size = static_cast<size_t>(std::min<int64_t>(source.size() - at, 1 << 20));
    TM_TRY(source.ReadAt(at, size, &piece));
    TM_TRY(copy.Append(piece));
  }
  return copy.Sync();
}

}  // namespace

Status MoveFile(const std::string& from, const std::string& to) {
  if (FileExists(to)) return Fail(ErrorCode::kConflict, to + " exists");
  TM_TRY(FaultPoint("rename", to));
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno != EXDEV) return FailErrno("rename", from);
    const std::string temporary = to + ".tmp";
    TM_TRY(RemoveFile(temporary));
    TM_TRY(CopyFileSynced(from, temporary));
    TM_TRY(RenameFile(temporary, to));
  }
  // The new name first: a crash between may leave both names, never none.
  TM_TRY(SyncDirectory(ParentOf(to)));
  TM_TRY(FaultPoint("unlink", from));
  TM_TRY(RemoveFile(from));
  return SyncDirectory(ParentOf(from));
}

bool FileExists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool IsDirectory(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<int64_t> FileSize(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return FailErrno("stat", path);
  return info.st_size;
}

Result<std::vector<std::string>> ListDirectory(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) {
    errno = error.value();
    return FailErrno("list", path);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> ListFilesBelow(const std::string& path) {
  std::error_code error;
  std::vector<std::string> paths;
  for (std::filesystem::recursive_directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file(error)) paths.push_back(it->path().string());
  }
  if (error) {
    errno = error.value();
    return FailErrno("list", path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<std::string> MakeTemporaryDirectory(std::string_view prefix) {
  std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("{}XXXXXX", prefix)).string();
  if (::mkdtemp(path.data()) == nullptr) return FailErrno("create folder", path);
  return path;
}

Status RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) return {};
  errno = error.value();
  return FailErrno("remove", path);
}

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FailErrno("open", path);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return FailErrno("stat", path);
  if (!S_ISREG(info.st_mode)) return Fail(ErrorCode::kIo, path + " is not a regular file");
  if (info.st_size == 0) return MappedFile("", 0);
  const auto size = static_cast<size_t>(info.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) return FailErrno("map", path);
  ::madvise(data, size, MADV_WILLNEED);
  return MappedFile(static_cast<const char*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (size_ > 0) ::munmap(const_cast<char*>(data_), size_);
}

Result<ReadableFile> ReadableFile::Open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FailErrno("open", path);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return FailErrno("stat", path);
  if (!S_ISREG(info.st_mode)) return Fail(ErrorCode::kIo, path + " is not a regular file");
  return ReadableFile(file.Release(), info.st_size, path);
}

ReadableFile::ReadableFile(ReadableFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), path_(std::move(other.path_)) {}

ReadableFile& ReadableFile::operator=(ReadableFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  return *this;
}

ReadableFile::~ReadableFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status ReadableFile::ReadAt(int64_t offset, size_t size, std::string* bytes) const {
  bytes->resize(size);
  for (size_t done = 0; done < size;) {
    const ssize_t n =
        ::pread(fd_, bytes->data() + done, size - done, offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("read", path_);
    if (n == 0) return Fail(ErrorCode::kIo, path_ + ": ends too early");
    done += static_cast<size_t>(n);
  }
  return {};
}

Result<AppendFile> AppendFile::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return FailErrno("open", path);
  return AppendFile(fd, path);
}

Result<AppendFile> AppendFile::Create(const std::string& path) {
  TM_TRY(FaultPoint("create", path));
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return FailErrno("create", path);
  return AppendFile(fd, path);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

AppendFile::~AppendFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status AppendFile::Append(std::string_view bytes) {
  TM_TRY(FaultPoint("write", path_));
  return WriteAll(fd_, bytes, path_);
}

Status AppendFile::Truncate(int64_t size) {
  TM_TRY(FaultPoint("truncate", path_));
  if (::ftruncate(fd_, size) != 0) return FailErrno("truncate", path_);
  return {};
}

Status AppendFile::Sync() {
  TM_TRY(FaultPoint("sync", path_));
  if (::fdatasync(fd_) != 0) return FailErrno("sync", path_);
  return {};
}

Result<FileLock> FileLock::Acquire(const std::string& path, std::string_view holder) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (file.get() < 0) return FailErrno("open", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FailErrno("lock", path);
    const auto other = ReadFile(path);
    return Fail(ErrorCode::kLocked, fmt::format("{} is held by another writer ({})", path,
                                                other ? *other : std::string("unknown")));
  }
  if (::ftruncate(file.get(), 0) != 0) return FailErrno("truncate", path);
  TM_TRY(WriteAll(file.get(), holder, path));
  return FileLock(file.Release());
}

Result<std::string> FileLock::ReadHolder(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FailErrno("open", path);
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) {
    return Fail(ErrorCode::kNotFound, path + " is held by nobody");
  }
  if (errno != EWOULDBLOCK) return FailErrno("lock", path);
  TM_ASSIGN(std::string text, ReadFile(path));
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

Status FileLock::Rewrite(std::string_view holder) const {
  constexpr size_t kBlock = 4096;
  if (holder.size() > kBlock) {
    return Fail(ErrorCode::kInvalidArgument, "the holder of a lock says too much");
  }
  std::string block(holder);
  block.resize(kBlock, '\n');
  const ssize_t written = ::pwrite(fd_, block.data(), block.size(), 0);
  if (written != static_cast<ssize_t>(kBlock)) return FailErrno("write", "a lock");
  return {};
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace tidemark
