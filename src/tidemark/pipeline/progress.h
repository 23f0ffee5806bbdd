// What a person waiting at a terminal sees of long work: one line that is rewritten, with rows,
// MB/s and the time left. Nothing is shown for work that takes less than a second.
//
//   progress.Begin("reading ltcusd.csv", file_size);
//   progress.Update(bytes_done, rows);   // as often as wanted, from any thread
//   progress.End();                      // clears the line
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "tidemark/base/clock.h"

namespace tidemark {

class Progress {
 public:
  // Writes lines ("\r…") through `write`; a null `write` makes every call a no-op.
  explicit Progress(std::function<void(std::string_view)> write = {}, Clock& clock = SystemClock());
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A step starts; the one before it, if any, ends. `total` is in the unit of Update's `done`
  // (bytes, or rows where there are no bytes); 0 = not known. `done_are_bytes`: show MB/s.
  void Begin(std::string_view what, int64_t total = 0, bool done_are_bytes = true);
  // Absolute values, not increments.
  void Update(int64_t done, int64_t rows = 0);
  // Increments, for many threads that each know their own part.
  void Add(int64_t done, int64_t rows = 0);
  void End();

 private:
  void Show();  // REQUIRES mutex_ held
  void EndLocked();

  std::mutex mutex_;
  std::function<void(std::string_view)> write_;
  Clock& clock_;
  std::string what_;
  bool running_ = false;
  bool bytes_ = true;
  int64_t total_ = 0;
  int64_t done_ = 0;
  int64_t rows_ = 0;
  int64_t begun_ns_ = 0;
  int64_t shown_ns_ = 0;
  size_t shown_width_ = 0;
};

}  // namespace tidemark
