#include "tidemark/pipeline/progress.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kQuietNanos = kNanosPerSecond;
constexpr int64_t kPauseNanos = kNanosPerSecond / 10;

std::string RemainingText(int64_t seconds) {
  if (seconds < 60) return fmt::format("{} s left", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s left", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min left", seconds / 3600, seconds / 60 % 60);
}

std::string RowsText(int64_t rows) {
  if (rows < 10'000) return fmt::format("{} rows", rows);
  if (rows < 10'000'000) return fmt::format("{} k rows", rows / 1000);
  return fmt::format("{:.1f} M rows", static_cast<double>(rows) / 1e6);
}

}  // namespace

Progress::Progress(std::function<void(std::string_view)> write, Clock& clock)
    : write_(std::move(write)), clock_(clock) {}

Progress::~Progress() { End(); }

void Progress::Begin(std::string_view what, int64_t total, bool done_are_bytes) {
  if (!write_) return;
  const std::lock_guard lock(mutex_);
  EndLocked();
  what_ = what;
  total_ = total;
  bytes_ = done_are_bytes;
  done_ = rows_ = 0;
  running_ = true;
  begun_ns_ = shown_ns_ = clock_.MonotonicNanos();
}

void Progress::Update(int64_t done, int64_t rows) {
  if (!write_) return;
  const std::lock_guard lock(mutex_);
  done_ = done;
  rows_ = rows;
  Show();
}

void Progress::Add(int64_t done, int64_t rows) {
  if (!write_) return;
  const std::lock_guard lock(mutex_);
  done_ += done;
  rows_ += rows;
  Show();
}

void Progress::End() {
  if (!write_) return;
  const std::lock_guard lock(mutex_);
  EndLocked();
}

void Progress::EndLocked() {
  if (shown_width_ > 0) write_("\r" + std::string(shown_width_, ' ') + "\r");
  shown_width_ = 0;
  running_ = false;
}

void Progress::Show() {
  if (!running_) return;
  const int64_t now = clock_.MonotonicNanos();
  if (now - begun_ns_ < kQuietNanos || now - shown_ns_ < kPauseNanos) return;
  shown_ns_ = now;
  const double seconds = static_cast<double>(now - begun_ns_) / kNanosPerSecond;
  std::string line = what_;
  if (total_ > 0) {
    line += fmt::format("  {:.0f} %", 100.0 * static_cast<double>(std::min(done_, total_)) /
                                          static_cast<double>(total_));
  }
  if (rows_ > 0) line += "  " + RowsText(rows_);
  if (bytes_ && done_ > 0) {
    line += fmt::format("  {:.0f} MB/s", static_cast<double>(done_) / 1e6 / seconds);
  }
  if (total_ > done_ && done_ > 0) {
    const double left = seconds * static_cast<double>(total_ - done_) / static_cast<double>(done_);
    line += "  " + RemainingText(static_cast<int64_t>(left) + 1);
  }
  const size_t width = line.size();
  if (width < shown_width_) line.append(shown_width_ - width, ' ');
  shown_width_ = std::max(width, size_t{1});
  write_("\r" + line);
}

}  // namespace tidemark
