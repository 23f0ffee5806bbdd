#include "tidemark/journal/journal.h"

#include <mutex>

#include "tidemark/base/check.h"
#include "tidemark/base/fault.h"
#include "tidemark/base/file.h"
#include "tidemark/base/hash.h"
#include "tidemark/journal/sqlite.h"

namespace tidemark {
namespace {

constexpr int64_t kApplicationId = 0x54444d4b;  // "TDMK"
constexpr int64_t kVersion = 2;

constexpr char kSchema[] = R"sql(
  CREATE TABLE epoch (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    last INTEGER NOT NULL,
    done INTEGER NOT NULL,
    prepared BLOB NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  INSERT INTO epoch VALUES (1, 0, 1, x'', 0);
  CREATE TABLE operator (
    id INTEGER PRIMARY KEY,
    op BLOB NOT NULL,
    series BLOB NOT NULL,
    UNIQUE (op, series)
  ) STRICT;
  CREATE TABLE snapshot (
    operator INTEGER NOT NULL,
    boundary INTEGER NOT NULL,
    state BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (operator, boundary)
  ) STRICT;
)sql";

int64_t ChecksumOf(std::string_view bytes) { return static_cast<int64_t>(Hash64(bytes)); }

// Bound to the key: damage to an index must not bring up the state of another boundary.
int64_t ChecksumOf(const SnapshotKey& key, std::string_view state) {
  ByteWriter bytes;
  bytes.PutString(key.op);
  bytes.PutString(key.series);
  bytes.Put(key.boundary_us);
  return ChecksumOf(bytes.bytes()) ^ ChecksumOf(state);
}

Result<int64_t> ReadPragma(SqliteDatabase& database, const char* name) {
  TM_ASSIGN(SqliteStatement statement, database.Compile(std::string("PRAGMA ") + name));
  TM_ASSIGN(const bool found, statement.Step());
  return found ? statement.Int(0) : 0;
}

Result<Bytes> Matching(bool matches, Bytes bytes) {
  if (!matches) return Fail(ErrorCode::kCorrupt, "journal: a stored checksum differs");
  return bytes;
}

// The state and checksum of `key`, in the first two columns.
Result<Bytes> CheckedState(const SqliteStatement& row, const SnapshotKey& key) {
  Bytes state = row.BytesAt(0);
  const bool matches = ChecksumOf(key, state) == row.Int(1);
  return Matching(matches, std::move(state));
}

constexpr char kOperator[] = "(SELECT id FROM operator WHERE op = ?1 AND series = ?2)";

std::string OfOperator(std::string_view before, std::string_view after) {
  return std::string(before) + " WHERE operator = " + kOperator + std::string(after);
}

}  // namespace

struct Journal::Impl {
  std::mutex mutex;
  SqliteDatabase database;
  SqliteStatement get, boundaries, add_operator, put, erase, prepare, done, epoch;

  static Result<std::unique_ptr<Impl>> Make(SqliteDatabase database) {
    TM_ASSIGN(auto get, database.Compile(OfOperator("SELECT state, checksum FROM snapshot",
                                                    " AND boundary = ?3")));
    TM_ASSIGN(auto boundaries,
              database.Compile(OfOperator("SELECT boundary FROM snapshot", " ORDER BY boundary")));
    TM_ASSIGN(auto add_operator, database.Compile("INSERT OR IGNORE INTO operator (op, series) "
                                                  "VALUES (?1, ?2)"));
    TM_ASSIGN(auto put, database.Compile(std::string("INSERT OR REPLACE INTO snapshot VALUES (") +
                                         kOperator + ", ?3, ?4, ?5)"));
    TM_ASSIGN(auto erase,
              database.Compile(OfOperator("DELETE FROM snapshot", " AND boundary = ?3")));
    TM_ASSIGN(auto prepare, database.Compile("UPDATE epoch SET last = ?1, done = ?2, "
                                             "prepared = ?3, checksum = ?4"));
    TM_ASSIGN(auto done, database.Compile("UPDATE epoch SET done = 1, prepared = x'', "
                                          "checksum = 0 WHERE last = ?1"));
    TM_ASSIGN(auto epoch, database.Compile("SELECT last, done, prepared, checksum FROM epoch"));
    return std::unique_ptr<Impl>(new Impl{{},
                                          std::move(database),
                                          std::move(get),
                                          std::move(boundaries),
                                          std::move(add_operator),
                                          std::move(put),
                                          std::move(erase),
                                          std::move(prepare),
                                          std::move(done),
                                          std::move(epoch)});
  }

  // Runs `body` inside one transaction; rolled back when it or the commit fails.
  template <typename Body>
  Status Transaction(const Body& body) {
    TM_TRY(FaultPoint("begin", "journal"));
    TM_TRY(database.Execute("BEGIN IMMEDIATE"));
    Status outcome = body();
    if (outcome) outcome = FaultPoint("commit", "journal");
    if (outcome) outcome = database.Execute("COMMIT");
    if (!outcome) (void)database.Execute("ROLLBACK");
    return outcome;
  }
};

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::Open(const std::string& folder) {
  TM_TRY(MakeDirectories(folder));
  TM_ASSIGN(SqliteDatabase database, SqliteDatabase::Open(folder + "/journal.sqlite"));
  // Write-ahead log with a sync at every commit: durable when COMMIT returns.
  TM_TRY(
      database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                       "PRAGMA cell_size_check = ON; PRAGMA secure_delete = OFF; "
                       "PRAGMA cache_size = -65536"));
  TM_ASSIGN(const int64_t application, ReadPragma(database, "application_id"));
  TM_ASSIGN(const int64_t version, ReadPragma(database, "user_version"));
  TM_ASSIGN(const int64_t tables, ReadPragma(database, "schema_version"));
  if (database.read_only()) {
    const bool writable = AppendFile::Open(folder + "/journal.sqlite").has_value();
    return Fail(writable ? ErrorCode::kCorrupt : ErrorCode::kPermission,
                folder + (writable ? ": its header is damaged" : ": may not be written"));
  }
  if (application == 0 && version == 0 && tables == 0) {
    TM_TRY(FaultPoint("create", "journal"));
    TM_TRY(database.Execute("BEGIN IMMEDIATE"));
    TM_TRY(database.Execute(kSchema));
    TM_TRY(database.Execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(kVersion)));
    TM_TRY(database.Execute("COMMIT"));
    TM_TRY(SyncDirectory(folder));
  } else if (application != kApplicationId) {
    return Fail(ErrorCode::kCorrupt, folder + ": not a journal");
  } else if (version == 1) {
    // Its checksums do not tell whose state it is: what is lost is recomputed, the epoch stays.
    TM_TRY(
        database.Execute("BEGIN IMMEDIATE; DELETE FROM snapshot; DELETE FROM operator; "
                         "PRAGMA user_version = " +
                         std::to_string(kVersion) + "; COMMIT"));
  } else if (version != kVersion) {
    return Fail(ErrorCode::kVersion,
                folder + ": written by another version (" + std::to_string(version) + ")");
  }
  auto impl = Impl::Make(std::move(database));
  // The version was right, so tables that are not there are damage.
  if (!impl) return Fail(ErrorCode::kCorrupt, folder + ": " + impl.error().message());
  auto journal = std::unique_ptr<Journal>(new Journal(*std::move(impl)));
  TM_TRY(journal->PendingEpoch());
  return journal;
}

Result<std::unique_ptr<Journal>> Journal::OpenForReading(const std::string& folder) {
  const std::string path = folder + "/journal.sqlite";
  if (!FileExists(path)) return Fail(ErrorCode::kNotFound, folder + ": there is no journal");
  TM_ASSIGN(SqliteDatabase database, SqliteDatabase::OpenForReading(path));
  TM_ASSIGN(const int64_t application, ReadPragma(database, "application_id"));
  TM_ASSIGN(const int64_t version, ReadPragma(database, "user_version"));
  if (application != kApplicationId) return Fail(ErrorCode::kCorrupt, folder + ": not a journal");
  if (version != kVersion) {
    return Fail(ErrorCode::kVersion,
                folder + ": written by another version (" + std::to_string(version) + ")");
  }
  auto impl = Impl::Make(std::move(database));
  if (!impl) return Fail(ErrorCode::kCorrupt, folder + ": " + impl.error().message());
  return std::unique_ptr<Journal>(new Journal(*std::move(impl)));
}

Result<std::optional<Bytes>> Journal::GetSnapshot(const SnapshotKey& key) {
  const std::lock_guard lock(impl_->mutex);
  SqliteStatement& get = impl_->get;
  get.BindBytes(1, key.op).BindBytes(2, key.series).Bind(3, key.boundary_us);
  TM_ASSIGN(const bool found, get.Step());
  auto state = found ? CheckedState(get, key) : Result<Bytes>(Bytes());
  get.Reset();
  if (!state) return Fail(state.error());
  if (!found) return std::nullopt;
  return std::optional<Bytes>(*std::move(state));
}

Result<std::vector<int64_t>> Journal::SnapshotBoundaries(std::string_view op,
                                                         std::string_view series) {
  const std::lock_guard lock(impl_->mutex);
  SqliteStatement& all = impl_->boundaries;
  all.BindBytes(1, op).BindBytes(2, series);
  std::vector<int64_t> boundaries;
  for (;;) {
    TM_ASSIGN(const bool more, all.Step());
    if (!more) break;
    boundaries.push_back(all.Int(0));
  }
  all.Reset();
  return boundaries;
}

Status Journal::Prepare(int64_t epoch, std::string_view prepared, const Changes& changes) {
  CHECK(epoch >= 1);
  const std::lock_guard lock(impl_->mutex);
  Impl& to = *impl_;
  return to.Transaction([&]() -> Status {
    for (const SnapshotKey& key : changes.erase) {
      to.erase.BindBytes(1, key.op).BindBytes(2, key.series).Bind(3, key.boundary_us);
      TM_TRY(to.erase.Run());
    }
    const SnapshotKey* last = nullptr;
    for (const auto& [key, state] : changes.put) {
      if (last == nullptr || last->op != key.op || last->series != key.series) {
        TM_TRY(to.add_operator.BindBytes(1, key.op).BindBytes(2, key.series).Run());
      }
      last = &key;
      to.put.BindBytes(1, key.op).BindBytes(2, key.series).Bind(3, key.boundary_us);
      TM_TRY(to.put.BindBytes(4, state).Bind(5, ChecksumOf(key, state)).Run());
    }
    to.prepare.Bind(1, epoch).Bind(2, 0).BindBytes(3, prepared).Bind(4, ChecksumOf(prepared));
    return to.prepare.Run();
  });
}

Status Journal::MarkDone(int64_t epoch) {
  TM_ASSIGN(const int64_t last, LastEpoch());
  CHECK(last == epoch);
  const std::lock_guard lock(impl_->mutex);
  return impl_->Transaction([&] { return impl_->done.Bind(1, epoch).Run(); });
}

Result<std::optional<Journal::Pending>> Journal::PendingEpoch() {
  const std::lock_guard lock(impl_->mutex);
  SqliteStatement& row = impl_->epoch;
  TM_ASSIGN(const bool found, row.Step());
  const int64_t epoch = found ? row.Int(0) : 0;
  const bool done = found && row.Int(1) == 1;
  auto prepared = !found || done
                      ? Result<Bytes>(Bytes())
                      : Matching(ChecksumOf(row.BytesAt(2)) == row.Int(3), row.BytesAt(2));
  row.Reset();
  if (!found) return Fail(ErrorCode::kCorrupt, "journal: the epoch's row is missing");
  if (!prepared) return Fail(prepared.error());
  if (done) return std::nullopt;
  return Pending{epoch, *std::move(prepared)};
}

Result<int64_t> Journal::LastEpoch() {
  const std::lock_guard lock(impl_->mutex);
  SqliteStatement& row = impl_->epoch;
  TM_ASSIGN(const bool found, row.Step());
  const int64_t epoch = found ? row.Int(0) : 0;
  row.Reset();
  return epoch;
}

Status Journal::DropSnapshots() {
  const std::lock_guard lock(impl_->mutex);
  return impl_->Transaction([&]() -> Status {
    TM_TRY(impl_->database.Execute("DELETE FROM snapshot; DELETE FROM operator"));
    return impl_->prepare.Bind(1, 0).Bind(2, 1).BindBytes(3, "").Bind(4, 0).Run();
  });
}

Status Journal::DropSnapshotsOf(std::span<const std::string_view> prefixes) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->Transaction([&]() -> Status {
    for (const char* text : {"DELETE FROM snapshot WHERE operator IN "
                             "(SELECT id FROM operator WHERE substr(op, 1, length(?1)) = ?1)",
                             "DELETE FROM operator WHERE substr(op, 1, length(?1)) = ?1"}) {
      TM_ASSIGN(SqliteStatement statement, impl_->database.Compile(text));
      for (const std::string_view prefix : prefixes) {
        TM_TRY(statement.BindBytes(1, prefix).Run());
      }
    }
    return {};
  });
}

Status Journal::CheckIntegrity() {
  const std::lock_guard lock(impl_->mutex);
  TM_ASSIGN(auto check, impl_->database.Compile("PRAGMA integrity_check(1)"));
  TM_ASSIGN(const bool answered, check.Step());
  if (!answered || check.BytesAt(0) != "ok") {
    return Fail(ErrorCode::kCorrupt, "journal: " + (answered ? check.BytesAt(0) : "no answer"));
  }
  TM_ASSIGN(auto all, impl_->database.Compile("SELECT state, checksum, op, series, boundary FROM "
                                              "snapshot LEFT JOIN operator ON id = operator"));
  for (;;) {
    TM_ASSIGN(const bool more, all.Step());
    if (!more) return {};
    TM_TRY(CheckedState(all, {all.BytesAt(2), all.BytesAt(3), all.Int(4)}));
  }
}

}  // namespace tidemark
