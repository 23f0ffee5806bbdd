#include "tests/sim/virtual_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tidemark/base/check.h"

namespace tidemark::sim {
namespace {

int64_t LengthOf(const std::string& path) {  // -1: there is none
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<int64_t>(info.st_size) : -1;
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// The bytes from `offset` on that are there now.
std::string BytesAt(const std::string& path, int64_t offset, size_t size) {
  std::string bytes(size, 0);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? 0 : ::pread(file, bytes.data(), size, offset);
  if (file >= 0) ::close(file);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

}  // namespace

Status VirtualDisk::At(std::string_view what, std::string_view object) {
  TM_TRY(Pass(what, object));
  Note(what, std::string(object));
  return {};
}

Status VirtualDisk::Pass(std::string_view what, std::string_view object) {
  ++points_;
  if (points_ == faults_.crash_at_point) Crash();
  const int64_t now = clock_.Now().us;
  const bool full = faults_.fail_from_us <= now && now < faults_.fail_to_us;
  if (full || (faults_.fail_share > 0 && random_.Bernoulli(faults_.fail_share))) {
    ++failures_;
    return Fail(ErrorCode::kIo, std::string(what) + " " + std::string(object) + ": no such luck");
  }
  return {};
}

void VirtualDisk::Names(const std::string& path) { unnamed_.push_back(path); }

void VirtualDisk::Overwrites(const std::string& path, int64_t offset, std::string_view bytes) {
  changes_.push_back({path, offset, std::max<int64_t>(LengthOf(path), 0),
                      BytesAt(path, offset, bytes.size()), std::string(bytes)});
}

void VirtualDisk::Cuts(const std::string& path, int64_t length) {
  const int64_t before = std::max<int64_t>(LengthOf(path), length);
  changes_.push_back(
      {path, length, before, BytesAt(path, length, static_cast<size_t>(before - length)), ""});
}

void VirtualDisk::Synced(const std::string& path) {
  unsynced_.erase(path);
  std::erase_if(changes_, [&](const Change& change) { return change.path == path; });
}

void VirtualDisk::SyncedFolder(const std::string& folder) {
  std::erase_if(unnamed_, [&](const std::string& path) { return FolderOf(path) == folder; });
}

// Called before the operation: what it will have done is so when anything is asked next.
void VirtualDisk::Note(std::string_view what, const std::string& object) {
  if (what == "write" || what == "create") {
    const int64_t length = LengthOf(object);
    unsynced_.try_emplace(object, std::max<int64_t>(length, 0));
    if (length < 0) Names(object);
  } else if (what == "link") {
    Names(object);
  } else if (what == "sync") {
    Synced(object);
  } else if (what == "sync folder") {
    SyncedFolder(object);
  }
}

// Back to what is durable; from there each change has happened, or not, or its beginning has.
void VirtualDisk::LoseChanges() {
  const auto put = [](const Change& change, std::string_view bytes, int64_t length) {
    const int file = ::open(change.path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    const bool done = ::pwrite(file, bytes.data(), bytes.size(), change.offset) >= 0 &&
                      (length < 0 || ::ftruncate(file, length) == 0);
    CHECK(done);
    ::close(file);
  };
  for (auto it = changes_.rbegin(); it != changes_.rend(); ++it) {
    put(*it, it->before, it->length_before);
  }
  for (const Change& change : changes_) {
    const uint64_t luck = random_.Below(3);
    if (luck == 0) continue;
    const size_t kept = luck == 1 ? change.after.size() : random_.Below(change.after.size() + 1);
    put(change, std::string_view(change.after).substr(0, kept),
        change.after.empty() ? change.offset : -1);
  }
}

void VirtualDisk::LosePower() {
  LoseChanges();
  for (const auto& [path, durable] : unsynced_) {
    const int64_t length = LengthOf(path);
    if (length <= durable) continue;
    const int64_t kept =
        durable + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(length - durable) + 1));
    if (::truncate(path.c_str(), kept) != 0) continue;
    // Some file systems have the new length before the bytes.
    if (random_.Bernoulli(0.3) && ::truncate(path.c_str(), length) != 0) continue;
  }
  // Names are made durable in their order.
  const size_t kept = random_.Below(unnamed_.size() + 1);
  while (unnamed_.size() > kept) {
    ::unlink(unnamed_.back().c_str());
    unnamed_.pop_back();
  }
}

void VirtualDisk::Crash() {
  if (faults_.power) LosePower();
  ::_exit(kCrashStatus);
}

}  // namespace tidemark::sim
