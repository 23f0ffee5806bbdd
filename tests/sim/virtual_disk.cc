#include "tests/sim/virtual_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace tidemark::sim {
namespace {

int64_t LengthOf(const std::string& path) {  // -1: there is none
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<int64_t>(info.st_size) : -1;
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

Status VirtualDisk::At(std::string_view what, std::string_view object) {
  ++points_;
  if (points_ == faults_.crash_at_point) Crash();
  const int64_t now = clock_.Now().us;
  const bool full = faults_.fail_from_us <= now && now < faults_.fail_to_us;
  if (full || (faults_.fail_share > 0 && random_.Bernoulli(faults_.fail_share))) {
    ++failures_;
    return Fail(ErrorCode::kIo, std::string(what) + " " + std::string(object) + ": no such luck");
  }
  Note(what, std::string(object));
  return {};
}

// Called before the operation: what it will have done is so when anything is asked next.
void VirtualDisk::Note(std::string_view what, const std::string& object) {
  if (what == "write" || what == "create") {
    const int64_t length = LengthOf(object);
    unsynced_.try_emplace(object, std::max<int64_t>(length, 0));
    if (length < 0) unnamed_.push_back(object);
  } else if (what == "link") {
    unnamed_.push_back(object);
  } else if (what == "sync") {
    unsynced_.erase(object);
  } else if (what == "sync folder") {
    std::erase_if(unnamed_, [&](const std::string& path) { return FolderOf(path) == object; });
  }
}

void VirtualDisk::LosePower() {
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
