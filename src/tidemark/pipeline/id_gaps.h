// Which trades of a symbol have not come, where its venue counts them without holes. Pure: the same
// calls give the same gaps.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tidemark/base/time.h"

namespace tidemark {

// The ids [begin, end) have not come; they happened within `times`, as far as their neighbours
// tell.
struct IdGap {
  int64_t begin = 0, end = 0;
  TimeRange times;
  bool operator==(const IdGap&) const = default;
};

class IdGaps {
 public:
  // A trade with a number for an id has come, in any order and any number of times. The first one
  // is where the symbol begins.
  void Came(int64_t id, EventTime time);
  // All ids before `end` exist, as the venue says; `time`: of the latest trade, kMinTime before
  // one.
  void Exist(int64_t end, EventTime time);
  // A gap that was opened before, and has not been healed as far as was told.
  void Restore(const IdGap& gap);
  // The gaps that have been opened, and that have been filled since the last call; those as they
  // were when they were opened.
  bool any_opened() const { return !opened_now_.empty(); }
  std::vector<IdGap> TakeOpened() { return std::exchange(opened_now_, {}); }
  std::vector<IdGap> TakeHealed() { return std::exchange(healed_, {}); }

  // What is missing now, by id.
  std::vector<IdGap> missing() const;
  bool whole() const { return missing_.empty(); }
  // After the greatest id known.
  std::optional<int64_t> next() const { return next_; }

 private:
  struct Opened {
    IdGap gap;
    int64_t left = 0;  // ids of it that are missing still
  };
  struct Piece {
    int64_t end = 0;
    int64_t opened = 0;  // key into opened_
  };
  void Open(int64_t end, EventTime time);
  void Fill(int64_t id);

  std::optional<int64_t> next_;  // after the greatest id known
  EventTime last_time_ = kMinTime;
  std::map<int64_t, Piece> missing_;  // by begin; disjoint
  std::map<int64_t, Opened> opened_;  // by begin; disjoint
  std::vector<IdGap> opened_now_, healed_;
};

}  // namespace tidemark
