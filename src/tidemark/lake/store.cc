#include "tidemark/lake/store.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/s3_credentials.h"
#include "tidemark/base/write_behind.h"

namespace tidemark {
namespace {

std::string ParentOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

std::string HomeFolder(const char* variable, const char* below_home) {
  const Environment environment = ProcessEnvironment();
  if (const std::string set = environment(variable); set.starts_with('/')) return set;
  const std::string home = environment("HOME");
  return (home.empty() ? "/tmp" : home) + below_home;
}

class LocalStore : public Store {
 public:
  explicit LocalStore(std::string root) : Store(std::move(root)) {}

  bool local() const override { return true; }
  std::string state_folder() const override { return uri() + "/_tidemark"; }
  std::string LocalPath(const std::string& key) const override { return uri() + "/" + key; }

  Result<std::string> Get(const std::string& key) override { return ReadFile(LocalPath(key)); }

  Status WriteData(const std::string& key, std::string_view bytes) override {
    const std::string path = LocalPath(key);
    TM_TRY(EnsureFolder(ParentOf(path), false));
    return WriteFileBehind(path, bytes);
  }

  Status MakeDurable(const std::vector<std::string>& keys) override {
    if (keys.empty()) return {};
    std::vector<std::string> paths;
    for (const std::string& key : keys) paths.push_back(LocalPath(key));
    // A new lake's own name has to survive as well: its first put sees to that.
    return SyncFiles(uri(), paths);
  }

  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    const std::string path = LocalPath(key);
    TM_TRY(EnsureFolder(ParentOf(path), true));
    return tidemark::PutIfAbsent(path, bytes);
  }

  Status Put(const std::string& key, std::string_view bytes) override {
    const std::string path = LocalPath(key);
    TM_TRY(EnsureFolder(ParentOf(path), true));
    TM_TRY(WriteFileSynced(path + ".tmp", bytes));
    TM_TRY(RenameFile(path + ".tmp", path));
    return SyncDirectory(ParentOf(path));
  }

  Status Delete(const std::string& key) override { return RemoveFile(LocalPath(key)); }

  Result<std::vector<StoredObject>> List(const std::string& folder,
                                         const std::string& start_after) override {
    const std::string path = folder.empty() ? uri() : LocalPath(folder);
    std::vector<StoredObject> objects;
    if (!IsDirectory(path)) return objects;
    TM_ASSIGN(const std::vector<std::string> files, ListFilesBelow(path));
    for (const std::string& file : files) {
      std::string key = file.substr(uri().size() + 1);
      if (key <= start_after) continue;
      const auto size = FileSize(file);
      // A reader's pin or another passing file may be gone by now.
      if (!size && size.error().code() == ErrorCode::kNotFound) continue;
      if (!size) return Fail(size.error());
      objects.push_back({std::move(key), *size});
    }
    std::sort(objects.begin(), objects.end(),
              [](const StoredObject& a, const StoredObject& b) { return a.key < b.key; });
    return objects;
  }

  Result<std::string> LocalCopy(const std::string& key, int64_t) override { return LocalPath(key); }

 private:
  // Creates a folder and those above it; `durable`: their names survive a power cut as well.
  Status EnsureFolder(const std::string& folder, bool durable) {
    const std::lock_guard lock(mutex_);
    if (durable ? durable_.contains(folder) : made_.contains(folder)) return {};
    // A folder with something in it was made durable when that was put there.
    const auto entries = ListDirectory(folder);
    const bool used = entries && !entries->empty();
    TM_TRY(MakeDirectories(folder));
    made_.insert(folder);
    if (!durable) return {};
    if (used) {
      durable_.insert(folder);
      return {};
    }
    for (std::string at = folder; at.size() > uri().size();) {
      at = ParentOf(at);
      TM_TRY(SyncDirectory(at));
    }
    TM_TRY(SyncDirectory(ParentOf(uri())));
    durable_.insert(folder);
    return {};
  }

  std::mutex mutex_;
  std::set<std::string> made_, durable_;
};

class S3Store : public Store {
 public:
  S3Store(std::string uri, S3Location root, const S3Options& options)
      : Store(std::move(uri)), root_(std::move(root)), client_(options) {
    // One cache per place: the same bucket name on two endpoints is two lakes.
    place_ = ContentHash::Of(options.endpoint + "\n" + this->uri());
  }

  bool local() const override { return false; }
  std::string state_folder() const override {
    return HomeFolder("XDG_STATE_HOME", "/.local/state") + "/tidemark/" + place_;
  }
  std::string LocalPath(const std::string& key) const override {
    return HomeFolder("XDG_CACHE_HOME", "/.cache") + "/tidemark/lakes/" + place_ + "/" + key;
  }

  Result<std::string> Get(const std::string& key) override { return client_.Get(At(key)); }
  Status WriteData(const std::string& key, std::string_view bytes) override {
    return Put(key, bytes);
  }
  Status MakeDurable(const std::vector<std::string>&) override { return {}; }
  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    TM_TRY(client_.PutIfAbsent(At(key), bytes));
    return {};
  }
  Status Put(const std::string& key, std::string_view bytes) override {
    TM_TRY(client_.Put(At(key), bytes));
    return {};
  }
  Status Delete(const std::string& key) override { return client_.Delete(At(key)); }

  Result<std::vector<StoredObject>> List(const std::string& folder,
                                         const std::string& start_after) override {
    const std::string base = root_.key.empty() ? "" : root_.key + "/";
    S3Location prefix = root_;
    prefix.key = folder.empty() ? base : base + folder + "/";
    TM_ASSIGN(const std::vector<S3Object> found,
              client_.List(prefix, start_after.empty() ? "" : base + start_after));
    std::vector<StoredObject> objects;
    for (const S3Object& object : found) {
      objects.push_back({object.key.substr(base.size()), object.size});
    }
    return objects;
  }

  Result<std::string> LocalCopy(const std::string& key, int64_t size) override {
    std::string path = LocalPath(key);
    if (FileSize(path) == size) return path;
    TM_ASSIGN(const std::string bytes, client_.Get(At(key)));
    TM_TRY(MakeDirectories(ParentOf(path)));
    // Two readers may fetch the same object: each writes its own file, the last rename stands.
    const std::string temporary =
        path + "." + ContentHash::Of(std::to_string(reinterpret_cast<uintptr_t>(&bytes))) + ".tmp";
    TM_TRY(WriteFileBehind(temporary, bytes));
    TM_TRY(RenameFile(temporary, path));
    return path;
  }

 private:
  S3Location At(const std::string& key) const {
    return {root_.bucket, root_.key.empty() ? key : root_.key + "/" + key};
  }

  S3Location root_;
  S3Client client_;
  std::string place_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const std::string& uri, const S3Options& s3) {
  if (IsS3Uri(uri)) {
    TM_ASSIGN(S3Location root, ParseS3Uri(uri));
    while (root.key.ends_with('/')) root.key.pop_back();
    std::string name = "s3://" + root.bucket + (root.key.empty() ? "" : "/" + root.key);
    return std::make_unique<S3Store>(std::move(name), std::move(root), s3);
  }
  if (uri.empty()) return Fail(ErrorCode::kInvalidArgument, "the lake's folder has no name");
  std::error_code error;
  std::string root = std::filesystem::absolute(uri, error).lexically_normal().string();
  if (error) return Fail(ErrorCode::kInvalidArgument, uri + ": " + error.message());
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  return std::make_unique<LocalStore>(std::move(root));
}

}  // namespace tidemark
