// The one key being merged: its current version and all it ever had.
//
// A row equal to any version is a duplicate. Otherwise it becomes the current version when its rank
// is at least the current one's, and the value it replaces is superseded; a lower-ranked row is
// superseded at once. Rows are taken in order of acceptance.
//
// `Values` is what may differ between versions: a type with SameValues(a, b), and BitsOf(a), which
// gives an array that is equal for values that are the same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "tidemark/base/time.h"

namespace tidemark {

struct MergeCounts {
  int64_t new_rows = 0, revised = 0, duplicate = 0;
  int64_t ambiguous = 0;  // of the duplicates: see MergedTrades
  MergeCounts& operator+=(const MergeCounts& other) {
    new_rows += other.new_rows;
    revised += other.revised;
    duplicate += other.duplicate;
    ambiguous += other.ambiguous;
    return *this;
  }
};

template <typename Values>
struct Version {
  Values values;
  int32_t source;  // index into the caller's list
  int64_t received_at;
  int64_t revision;  // how often the key's value had been replaced
};

template <typename Values>
class VersionedKey {
 public:
  // All borrowed: where replaced versions go, the counts and the ranks by source index.
  VersionedKey(std::vector<Version<Values>>* superseded, std::vector<MergeCounts>* counts,
               const std::vector<int32_t>& ranks, ReceiveTime now)
      : superseded_(superseded), counts_(counts), ranks_(ranks), now_(now) {}

  void Start() {
    has_current_ = false;
    changed_ = false;
    next_revision_ = 0;
    few_.clear();
    many_.clear();
  }
  void SetStored(Version<Values> stored) {
    has_current_ = true;
    current_ = std::move(stored);
    next_revision_ = std::max(next_revision_, current_.revision + 1);
  }
  void AddStoredVersion(const Version<Values>& version) {
    Remember(version.values);
    next_revision_ = std::max(next_revision_, version.revision + 1);
  }
  // False when it is a duplicate.
  bool Take(const Values& values, int32_t source, int32_t rank) {
    MergeCounts& counts = (*counts_)[static_cast<size_t>(source)];
    if ((has_current_ && SameValues(current_.values, values)) || WasHeld(values)) {
      ++counts.duplicate;
      return false;
    }
    const Version<Values> version = {values, source, now_.us, next_revision_++};
    if (!has_current_) {
      ++counts.new_rows;
      current_ = version;
      has_current_ = changed_ = true;
      return true;
    }
    ++counts.revised;
    const bool wins = rank >= ranks_[static_cast<size_t>(current_.source)];
    const Version<Values>& loser = wins ? current_ : version;
    superseded_->push_back(loser);
    Remember(loser.values);
    if (wins) {
      current_ = version;
      changed_ = true;
    }
    return true;
  }

  bool has_current() const { return has_current_; }
  bool changed() const { return changed_; }  // by Take
  const Version<Values>& current() const { return current_; }

 private:
  // A file may give thousands of versions (a column of days read as times), so from a few on they
  // are found by order and not one by one.
  static constexpr size_t kFew = 16;
  using Bits = decltype(BitsOf(std::declval<const Values&>()));

  void Remember(const Values& values) {
    if (few_.size() < kFew) {
      few_.push_back(values);
    } else {
      many_.insert(BitsOf(values));
    }
  }
  bool WasHeld(const Values& values) const {
    return std::any_of(few_.begin(), few_.end(),
                       [&](const Values& other) { return SameValues(other, values); }) ||
           (!many_.empty() && many_.contains(BitsOf(values)));
  }

  std::vector<Version<Values>>* superseded_;
  std::vector<MergeCounts>* counts_;
  const std::vector<int32_t>& ranks_;
  ReceiveTime now_;
  bool has_current_ = false, changed_ = false;
  Version<Values> current_{};
  std::vector<Values> few_;
  std::set<Bits> many_;
  int64_t next_revision_ = 0;
};

}  // namespace tidemark
