// Operator state between epochs. JournalSnapshots reads what the journal holds and gathers what the
// epoch in the making puts and erases, to be written with `prepared`; NoSnapshots has never seen
// anything, which is how `verify` starts.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tidemark/flow/refold.h"
#include "tidemark/journal/journal.h"

namespace tidemark {

class Snapshots {
 public:
  virtual ~Snapshots() = default;
  // The store of one operator over one series; used by one thread.
  virtual std::unique_ptr<SnapshotStore> Open(const std::string& op, const std::string& series) = 0;
};

class JournalSnapshots : public Snapshots {
 public:
  explicit JournalSnapshots(Journal& journal) : journal_(journal) {}
  std::unique_ptr<SnapshotStore> Open(const std::string& op, const std::string& series) override;
  // All that was put and erased. Call when no store is in use any more.
  Journal::Changes TakeChanges();

 private:
  class Store;
  Journal& journal_;
  std::mutex mutex_;  // guards the journal and changes_
  std::map<std::pair<std::string, std::string>, std::map<EventTime, std::optional<Bytes>>> changes_;
};

// Reads what another has, and keeps nothing of what is put. For looking ahead.
class ReadOnlySnapshots : public Snapshots {
 public:
  explicit ReadOnlySnapshots(Snapshots& of) : of_(of) {}
  std::unique_ptr<SnapshotStore> Open(const std::string& op, const std::string& series) override;

 private:
  Snapshots& of_;
};

class NoSnapshots : public Snapshots {
 public:
  std::unique_ptr<SnapshotStore> Open(const std::string& op, const std::string& series) override;
};

}  // namespace tidemark
