#include "tests/sim/virtual_sqlite.h"

#include <sqlite3.h>

#include <new>
#include <string>
#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"

namespace tidemark::sim {
namespace {

VirtualDisk* g_disk = nullptr;
sqlite3_vfs* g_real = nullptr;
bool g_syncs = true;

// Lives in memory that SQLite gives, with the real file behind it.
struct File {
  sqlite3_file base;
  std::string path;  // "": temporary, and lost in any case
  bool journal;      // SQLite syncs the folder of a new one with its first sync
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(sizeof(File) % 8 == 0);

File& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return Of(file).real(); }

int Close(sqlite3_file* file) {
  const int code = Real(file)->pMethods->xClose(Real(file));
  Of(file).~File();
  return code;
}

int Read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  return Real(file)->pMethods->xRead(Real(file), bytes, size, offset);
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const std::string& path = Of(file).path;
  if (!path.empty()) {
    if (!g_disk->Pass("write", path)) return SQLITE_IOERR_WRITE;
    g_disk->Overwrites(path, offset, {static_cast<const char*>(bytes), static_cast<size_t>(size)});
  }
  return Real(file)->pMethods->xWrite(Real(file), bytes, size, offset);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  const std::string& path = Of(file).path;
  if (!path.empty()) {
    if (!g_disk->Pass("truncate", path)) return SQLITE_IOERR_TRUNCATE;
    g_disk->Cuts(path, size);
  }
  return Real(file)->pMethods->xTruncate(Real(file), size);
}

int Sync(sqlite3_file* file, int /*flags*/) {
  const std::string& path = Of(file).path;
  if (path.empty()) return SQLITE_OK;
  if (!g_disk->Pass("sync", path)) return SQLITE_IOERR_FSYNC;
  if (!g_syncs) return SQLITE_OK;
  g_disk->Synced(path);
  if (Of(file).journal) g_disk->SyncedFolder(path.substr(0, path.rfind('/')));
  return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Real(file)->pMethods->xFileSize(Real(file), size);
}
int Lock(sqlite3_file* file, int level) { return Real(file)->pMethods->xLock(Real(file), level); }
int Unlock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xUnlock(Real(file), level);
}
int CheckReservedLock(sqlite3_file* file, int* held) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), held);
}
int FileControl(sqlite3_file* file, int what, void* argument) {
  return Real(file)->pMethods->xFileControl(Real(file), what, argument);
}
int SectorSize(sqlite3_file* file) { return Real(file)->pMethods->xSectorSize(Real(file)); }
int Characteristics(sqlite3_file* file) {
  return Real(file)->pMethods->xDeviceCharacteristics(Real(file));
}
int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
  return Real(file)->pMethods->xShmMap(Real(file), region, size, extend, at);
}
int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, n, flags);
}
void ShmBarrier(sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); }
int ShmUnmap(sqlite3_file* file, int erase) {
  return Real(file)->pMethods->xShmUnmap(Real(file), erase);
}

// Version 2: no pages of files in memory, which could be written past Write.
const sqlite3_io_methods kMethods = {
    2,           Close,           Read,    Write,   Truncate,
    Sync,        FileSize,        Lock,    Unlock,  CheckReservedLock,
    FileControl, SectorSize,      Characteristics,  ShmMap,  ShmLock,
    ShmBarrier,  ShmUnmap,        nullptr, nullptr};

int Open(sqlite3_vfs* /*vfs*/, sqlite3_filename name, sqlite3_file* at, int flags, int* out_flags) {
  at->pMethods = nullptr;
  const std::string path = name == nullptr ? "" : name;
  const bool fresh = !path.empty() && (flags & SQLITE_OPEN_CREATE) != 0 && !FileExists(path);
  if (fresh && !g_disk->Pass("create", path)) return SQLITE_CANTOPEN;
  File* file = new (at) File{{nullptr}, path, false};
  const int code = g_real->xOpen(g_real, name, file->real(), flags, out_flags);
  if (code != SQLITE_OK) {
    if (file->real()->pMethods != nullptr) file->real()->pMethods->xClose(file->real());
    file->~File();
    return code;
  }
  if (fresh) g_disk->Names(path);
  file->journal = fresh && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  file->base.pMethods = &kMethods;
  return SQLITE_OK;
}

// For good: a log is deleted when the database has all of it, so one that comes back says nothing new.
int Delete(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
  if (!g_disk->Pass("unlink", name)) return SQLITE_IOERR_DELETE;
  g_disk->Synced(name);
  return g_real->xDelete(g_real, name, sync_folder);
}

}  // namespace

void ForgetSqliteSyncs() { g_syncs = false; }

void PutSqliteOn(VirtualDisk& disk) {
  static sqlite3_vfs vfs;
  g_disk = &disk;
  g_real = sqlite3_vfs_find(nullptr);
  vfs = *g_real;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + g_real->szOsFile;
  vfs.zName = "virtual";
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

}  // namespace tidemark::sim
