#include "tidemark/pipeline/snapshots.h"

#include <algorithm>
#include <utility>

namespace tidemark {

namespace {

class ReadOnlyStore : public SnapshotStore {
 public:
  explicit ReadOnlyStore(std::unique_ptr<SnapshotStore> of) : of_(std::move(of)) {}
  Result<std::vector<EventTime>> Boundaries() override { return of_->Boundaries(); }
  Result<std::optional<Bytes>> Get(EventTime boundary) override { return of_->Get(boundary); }
  void Put(EventTime /*boundary*/, Bytes /*state*/) override {}
  void Erase(EventTime /*boundary*/) override {}

 private:
  std::unique_ptr<SnapshotStore> of_;
};

}  // namespace

std::unique_ptr<SnapshotStore> ReadOnlySnapshots::Open(const std::string& op,
                                                       const std::string& series) {
  return std::make_unique<ReadOnlyStore>(of_.Open(op, series));
}

class JournalSnapshots::Store : public SnapshotStore {
 public:
  Store(JournalSnapshots& owner, std::string op, std::string series)
      : owner_(owner), op_(std::move(op)), series_(std::move(series)) {}
  ~Store() override {
    const std::lock_guard lock(owner_.mutex_);
    auto& all = owner_.changes_[{op_, series_}];
    for (auto& [boundary, state] : changes_) all[boundary] = std::move(state);
  }

  Result<std::vector<EventTime>> Boundaries() override {
    std::vector<EventTime> all;
    {
      const std::lock_guard lock(owner_.mutex_);
      TM_ASSIGN(const std::vector<int64_t> stored,
                owner_.journal_.SnapshotBoundaries(op_, series_));
      for (const int64_t us : stored) {
        if (!changes_.contains({us})) all.push_back({us});
      }
    }
    for (const auto& [boundary, state] : changes_) {
      if (state) all.push_back(boundary);
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  Result<std::optional<Bytes>> Get(EventTime boundary) override {
    if (const auto it = changes_.find(boundary); it != changes_.end()) return it->second;
    const std::lock_guard lock(owner_.mutex_);
    return owner_.journal_.GetSnapshot({op_, series_, boundary.us});
  }

  void Put(EventTime boundary, Bytes state) override { changes_[boundary] = std::move(state); }
  void Erase(EventTime boundary) override { changes_[boundary] = std::nullopt; }

 private:
  JournalSnapshots& owner_;
  std::string op_, series_;
  std::map<EventTime, std::optional<Bytes>> changes_;  // nullopt: erased
};

std::unique_ptr<SnapshotStore> JournalSnapshots::Open(const std::string& op,
                                                      const std::string& series) {
  return std::make_unique<Store>(*this, op, series);
}

Journal::Changes JournalSnapshots::TakeChanges() {
  Journal::Changes all;
  const std::lock_guard lock(mutex_);
  for (auto& [key, states] : changes_) {
    for (auto& [boundary, state] : states) {
      SnapshotKey snapshot{key.first, key.second, boundary.us};
      if (state) {
        all.put.emplace_back(std::move(snapshot), *std::move(state));
      } else {
        all.erase.push_back(std::move(snapshot));
      }
    }
  }
  changes_.clear();
  return all;
}

namespace {

// Remembers within one computation only.
class ForgetfulStore : public SnapshotStore {
 public:
  Result<std::vector<EventTime>> Boundaries() override {
    std::vector<EventTime> all;
    for (const auto& [boundary, state] : states_) all.push_back(boundary);
    return all;
  }
  Result<std::optional<Bytes>> Get(EventTime boundary) override {
    const auto it = states_.find(boundary);
    return it == states_.end() ? std::nullopt : std::optional<Bytes>(it->second);
  }
  void Put(EventTime boundary, Bytes state) override { states_[boundary] = std::move(state); }
  void Erase(EventTime boundary) override { states_.erase(boundary); }

 private:
  std::map<EventTime, Bytes> states_;
};

}  // namespace

std::unique_ptr<SnapshotStore> NoSnapshots::Open(const std::string&, const std::string&) {
  return std::make_unique<ForgetfulStore>();
}

}  // namespace tidemark
