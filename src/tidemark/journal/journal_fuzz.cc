// A journal with damage anywhere in its database or its write-ahead log: it opens or is called
// damaged, what it gives is what was put, and it can be written on or is called damaged.
#include "tidemark/journal/journal.h"

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/fuzz_input.h"

namespace tidemark {
namespace {

struct GoodJournal {
  std::string folder;
  std::string database, log;  // bytes
};

Bytes StateAt(int64_t boundary) { return Bytes(static_cast<size_t>(boundary) * 40, 's'); }

Status Fill(Journal& journal, int64_t epoch) {
  Journal::Changes changes;
  for (int64_t boundary = 1; boundary < 5; ++boundary) {
    changes.put.push_back({{"candles", "x LTC-USD 1m", boundary}, StateAt(boundary)});
    changes.put.push_back({{"features", "x ETH-USD 1m", boundary}, StateAt(boundary)});
  }
  TM_TRY(journal.Prepare(epoch, "prepared", changes));
  return {};
}

// As a writer that died leaves it: a part in the database, a part in the log only.
const GoodJournal& Good() {
  static const GoodJournal good = [] {
    GoodJournal made;
    made.folder = *MakeTemporaryDirectory("tidemark-fuzz-");
    const std::string path = made.folder + "/journal.sqlite";
    {
      const auto journal = *Journal::Open(made.folder);
      CHECK(Fill(*journal, 1) && journal->MarkDone(1));
    }
    const auto journal = *Journal::Open(made.folder);
    CHECK(Fill(*journal, 2));
    made.database = *ReadFile(path);
    made.log = *ReadFile(path + "-wal");
    return made;
  }();
  return good;
}

bool IsDamage(const Error& error) {
  if (error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kVersion) return true;
  fprintf(stderr, "%s\n", error.message().c_str());
  return false;
}

void Use(Journal& journal) {
  const auto pending = journal.PendingEpoch();
  CHECK(pending || IsDamage(pending.error()));
  if (pending && *pending) CHECK((*pending)->prepared == "prepared");
  const auto ops = journal.SnapshotOps();
  CHECK(ops || IsDamage(ops.error()));
  for (int64_t boundary = 1; boundary < 5; ++boundary) {
    const auto state = journal.GetSnapshot({"features", "x ETH-USD 1m", boundary});
    CHECK(state || IsDamage(state.error()));
    const auto latest = journal.LatestSnapshotAtOrBefore("candles", "x LTC-USD 1m", boundary);
    CHECK(latest || IsDamage(latest.error()));
  }
  const auto boundaries = journal.SnapshotBoundaries("candles", "x LTC-USD 1m");
  CHECK(boundaries || IsDamage(boundaries.error()));
  const auto whole = journal.CheckIntegrity();
  CHECK(whole || IsDamage(whole.error()));
  auto written = Fill(journal, 3);
  CHECK(written || IsDamage(written.error()));
  if (written) written = journal.MarkDone(3);
  CHECK(written || IsDamage(written.error()));
  const auto dropped = journal.DropSnapshots();
  CHECK(dropped || IsDamage(dropped.error()));
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  static const std::string folder = *MakeTemporaryDirectory("tidemark-fuzz-");
  const std::string path = folder + "/journal.sqlite";
  FuzzInput in(data, size);
  const size_t choice = in.Choose(4);
  std::string database = Good().database, log = Good().log;
  (choice == 0 ? log : database) = in.Edit(choice == 0 ? log : database);
  if (choice == 1) log.clear();
  CHECK(RemoveFile(path + "-shm") && RemoveFile(path + "-wal"));
  CHECK(WriteFileSynced(path, database));
  if (!log.empty()) CHECK(WriteFileSynced(path + "-wal", log));
  const auto journal = Journal::Open(folder);
  if (journal) {
    Use(**journal);
  } else {
    CHECK(IsDamage(journal.error()));
  }
  return 0;
}
