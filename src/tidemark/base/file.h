// The file seam: local files, durable writes, locks. Paths are plain strings.
//
// Errors: kNotFound (no such file), kPermission, kConflict (PutIfAbsent: it exists), kLocked,
// kIo (everything else, the system's own words in the message).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

Result<std::string> ReadFile(const std::string& path);
// Creates or truncates, writes, syncs the file (not its folder).
Status WriteFileSynced(const std::string& path, std::string_view bytes);
// Writes a file whole and durable only if none of that name exists: temporary file beside it, sync,
// link, sync of the folder. Exactly one of several racing callers succeeds.
Status PutIfAbsent(const std::string& path, std::string_view bytes);
Status SyncFile(const std::string& path);
Status SyncDirectory(const std::string& path);
Status MakeDirectories(const std::string& path);
Status RemoveFile(const std::string& path);  // ok when it is not there
Status RenameFile(const std::string& from, const std::string& to);
// Renames, or from one file system to another copies, syncs and removes. Durable when it returns.
// Errors: kConflict when `to` exists.
Status MoveFile(const std::string& from, const std::string& to);
bool FileExists(const std::string& path);
bool IsDirectory(const std::string& path);

Result<int64_t> FileSize(const std::string& path);
// Names (not paths) of the entries, sorted; no "." and "..".
Result<std::vector<std::string>> ListDirectory(const std::string& path);
// Paths of all regular files below, sorted.
Result<std::vector<std::string>> ListFilesBelow(const std::string& path);
// A new empty folder below the system's temporary folder.
Result<std::string> MakeTemporaryDirectory(std::string_view prefix);
Status RemoveTree(const std::string& path);

// A whole file mapped for reading. The file must not shrink while it is mapped.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}
  const char* data_ = nullptr;
  size_t size_ = 0;
};

// A file read piece by piece. A failing disk is an error here, where a mapped file ends the
// program.
class ReadableFile {
 public:
  static Result<ReadableFile> Open(const std::string& path);
  ReadableFile(ReadableFile&& other) noexcept;
  ReadableFile& operator=(ReadableFile&& other) noexcept;
  ~ReadableFile();
  int64_t size() const { return size_; }  // when it was opened
  // The `size` bytes at `offset` replace those of `bytes`. Errors: kIo, also when the file ends
  // before them.
  Status ReadAt(int64_t offset, size_t size, std::string* bytes) const;

 private:
  ReadableFile(int fd, int64_t size, std::string path)
      : fd_(fd), size_(size), path_(std::move(path)) {}
  int fd_ = -1;
  int64_t size_ = 0;
  std::string path_;
};

// Appends to one file; nothing is durable before Sync().
class AppendFile {
 public:
  static Result<AppendFile> Open(const std::string& path);  // creates if needed, keeps the content
  static Result<AppendFile> Create(const std::string& path);  // kConflict when it exists
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();
  // After an error any part of `bytes` may stand in the file.
  Status Append(std::string_view bytes);
  // Cuts off what is behind the first `size` bytes.
  Status Truncate(int64_t size);
  Status Sync();

 private:
  AppendFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::string path_;
};

// An exclusive lock that ends with the process. Errors: kLocked when another holds it; then the
// message carries what the holder wrote into the file.
class FileLock {
 public:
  static Result<FileLock> Acquire(const std::string& path, std::string_view holder);
  // What the holder of the file's lock has written there; kNotFound when nobody holds it. The file
  // may be somewhere that cannot be written.
  static Result<std::string> ReadHolder(const std::string& path);
  // Says something else, in one write over the same bytes: it works on a full disk, and a reader
  // sees the one text or the other. At most 4 KiB; not synced. Errors: kInvalidArgument, kIo.
  Status Rewrite(std::string_view holder) const;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace tidemark
