#include "tidemark/journal/request_budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/check.h"
#include "tidemark/base/fault.h"
#include "tidemark/base/file.h"
#include "tidemark/base/hash.h"
#include "tidemark/journal/sqlite.h"

namespace tidemark {
namespace {

constexpr int64_t kApplicationId = 0x544d5251;  // "TMRQ"
constexpr int64_t kVersion = 1;

constexpr char kSchema[] = R"sql(
  CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,
    what BLOB NOT NULL,
    at INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    due INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE hold (
    key BLOB PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT;
)sql";

Result<int64_t> OneNumber(SqliteDatabase& database, const std::string& sql) {
  TM_ASSIGN(SqliteStatement statement, database.Compile(sql));
  TM_ASSIGN(const bool found, statement.Step());
  return found ? statement.Int(0) : 0;
}

// Runs `body` inside one transaction; rolled back when it or the commit fails.
template <typename Body>
Status Transaction(SqliteDatabase& database, const Body& body) {
  TM_TRY(FaultPoint("begin", "requests"));
  TM_TRY(database.Execute("BEGIN IMMEDIATE"));
  Status outcome = body();
  if (outcome) outcome = FaultPoint("commit", "requests");
  if (outcome) outcome = database.Execute("COMMIT");
  if (!outcome) (void)database.Execute("ROLLBACK");
  return outcome;
}

Status Prepare(SqliteDatabase& database, const std::string& folder) {
  TM_TRY(
      database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                       "PRAGMA cell_size_check = ON"));
  TM_ASSIGN(const int64_t application, OneNumber(database, "PRAGMA application_id"));
  TM_ASSIGN(const int64_t version, OneNumber(database, "PRAGMA user_version"));
  TM_ASSIGN(const int64_t tables, OneNumber(database, "PRAGMA schema_version"));
  if (application == 0 && version == 0 && tables == 0) {
    const Status created = Transaction(database, [&] {
      return database.Execute(fmt::format("{} PRAGMA application_id = {}; PRAGMA user_version = {}",
                                          kSchema, kApplicationId, kVersion));
    });
    return created ? SyncDirectory(folder) : created;
  }
  if (application != kApplicationId) return Fail(ErrorCode::kCorrupt, "not a record of requests");
  if (version != kVersion) return Fail(ErrorCode::kVersion, "written by another version");
  TM_ASSIGN(SqliteStatement check, database.Compile("PRAGMA integrity_check(1)"));
  TM_ASSIGN(const bool answered, check.Step());
  if (!answered || check.BytesAt(0) != "ok") return Fail(ErrorCode::kCorrupt, "damaged");
  return {};
}

}  // namespace

struct RequestBudget::Impl {
  Impl(SqliteDatabase opened, Clock& its_clock) : database(std::move(opened)), clock(its_clock) {}

  SqliteDatabase database;
  Clock& clock;
  Bytes key;
  RequestLimits limits;
  int64_t base_us = 0, base_ns = 0;

  int64_t Now() const { return base_us + (clock.MonotonicNanos() - base_ns) / 1000; }

  // Time does not go back behind what is recorded, and what a crash cut off ends now.
  Status Begin() {
    return Transaction(database, [&]() -> Status {
      TM_ASSIGN(const int64_t latest, OneNumber(database, "SELECT max(at) FROM request"));
      base_us = std::max(clock.Now().us, latest);
      base_ns = clock.MonotonicNanos();
      TM_ASSIGN(SqliteStatement end, database.Compile("UPDATE request SET at = ?1, ended = 1 "
                                                      "WHERE key = ?2 AND ended = 0"));
      return end.Bind(1, base_us).BindBytes(2, key).Run();
    });
  }

  // When the `limit`-th youngest request leaves its window: then there is room for one more. One
  // that has not ended stays in it.
  Result<int64_t> RoomAt(int64_t limit, int64_t window_us) {
    TM_ASSIGN(SqliteStatement youngest,
              database.Compile("SELECT max(at, CASE ended WHEN 0 THEN ?3 ELSE at END) AS counts "
                               "FROM request WHERE key = ?1 ORDER BY counts DESC "
                               "LIMIT 1 OFFSET ?2"));
    youngest.BindBytes(1, key).Bind(2, limit - 1).Bind(3, Now());
    TM_ASSIGN(const bool spent, youngest.Step());
    return spent ? youngest.Int(0) + window_us : INT64_MIN;
  }

  Result<int64_t> Wait() {
    TM_ASSIGN(const int64_t minute, RoomAt(limits.per_minute, kMicrosPerMinute));
    TM_ASSIGN(const int64_t day, RoomAt(limits.per_day, kMicrosPerDay));
    TM_ASSIGN(SqliteStatement hold, database.Compile("SELECT until FROM hold WHERE key = ?1"));
    TM_ASSIGN(const bool held, hold.BindBytes(1, key).Step());
    const int64_t until = std::max({minute, day, held ? hold.Int(0) : INT64_MIN});
    const int64_t now = Now();
    return until <= now ? 0 : until - now;
  }

  // What is out of every window goes, but the last answer to each question.
  Status Forget() {
    TM_ASSIGN(SqliteStatement old,
              database.Compile("DELETE FROM request WHERE at < ?1 AND ended = 1 AND id NOT IN "
                               "(SELECT max(id) FROM request WHERE answered = 1 "
                               "GROUP BY key, what)"));
    return old.Bind(1, Now() - kMicrosPerDay - 1).Run();
  }
};

RequestBudget::RequestBudget(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RequestBudget::~RequestBudget() = default;

Result<std::unique_ptr<RequestBudget>> RequestBudget::Open(const std::string& folder,
                                                           std::string_view service,
                                                           std::string_view key,
                                                           const RequestLimits& limits,
                                                           Clock& clock) {
  CHECK(limits.per_minute >= 1 && limits.per_day >= 1);
  TM_TRY(MakeDirectories(folder));
  const std::string path = folder + "/requests.sqlite";
  TM_ASSIGN(SqliteDatabase database, SqliteDatabase::Open(path));
  auto impl = std::make_unique<Impl>(std::move(database), clock);
  impl->key = Sha256::Of(fmt::format("{} {}", service, key)).substr(0, 16);
  impl->limits = limits;
  Status ready = Prepare(impl->database, folder);
  if (ready) ready = impl->Begin();
  if (!ready) return Fail(ready.error().With(path));
  return std::unique_ptr<RequestBudget>(new RequestBudget(std::move(impl)));
}

int64_t RequestBudget::Now() const { return impl_->Now(); }

Result<int64_t> RequestBudget::Wait() { return impl_->Wait(); }

Result<int64_t> RequestBudget::Take(std::string_view what) {
  Impl& to = *impl_;
  int64_t id = 0;
  const Status taken = Transaction(to.database, [&]() -> Status {
    TM_ASSIGN(const int64_t wait, to.Wait());
    if (wait > 0) return Fail(ErrorCode::kFull, "no request is left at this time");
    TM_TRY(to.Forget());
    TM_ASSIGN(SqliteStatement add,
              to.database.Compile("INSERT INTO request (key, what, at, ended, answered, due) "
                                  "VALUES (?1, ?2, ?3, 0, 0, 0)"));
    TM_TRY(add.BindBytes(1, to.key).BindBytes(2, what).Bind(3, to.Now()).Run());
    TM_ASSIGN(id, OneNumber(to.database, "SELECT last_insert_rowid()"));
    return {};
  });
  if (!taken) return Fail(taken.error());
  return id;
}

Status RequestBudget::Settle(int64_t request, bool answered, int64_t due) {
  Impl& to = *impl_;
  return Transaction(to.database, [&]() -> Status {
    TM_ASSIGN(SqliteStatement end,
              to.database.Compile("UPDATE request SET at = ?1, ended = 1, answered = ?2, due = ?3 "
                                  "WHERE id = ?4"));
    return end.Bind(1, to.Now()).Bind(2, answered ? 1 : 0).Bind(3, due).Bind(4, request).Run();
  });
}

Status RequestBudget::Hold(int64_t until) {
  Impl& to = *impl_;
  return Transaction(to.database, [&]() -> Status {
    TM_ASSIGN(SqliteStatement hold,
              to.database.Compile("INSERT INTO hold VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE "
                                  "SET until = max(until, excluded.until)"));
    return hold.BindBytes(1, to.key).Bind(2, until).Run();
  });
}

Result<std::optional<RequestBudget::Past>> RequestBudget::PastOf(std::string_view what) {
  Impl& to = *impl_;
  TM_ASSIGN(SqliteStatement last,
            to.database.Compile("SELECT due FROM request WHERE key = ?1 AND what = ?2 "
                                "ORDER BY id DESC LIMIT 1"));
  TM_ASSIGN(const bool asked, last.BindBytes(1, to.key).BindBytes(2, what).Step());
  if (!asked) return std::nullopt;
  Past past{.due = last.Int(0), .answered = {}};
  TM_ASSIGN(SqliteStatement answer,
            to.database.Compile("SELECT at FROM request WHERE key = ?1 AND what = ?2 AND "
                                "answered = 1 ORDER BY id DESC LIMIT 1"));
  TM_ASSIGN(const bool answered, answer.BindBytes(1, to.key).BindBytes(2, what).Step());
  if (answered) past.answered = answer.Int(0);
  return past;
}

}  // namespace tidemark
