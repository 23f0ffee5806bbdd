// Days of `live` against a lying venue, a failing disk and a process that dies, one for each seed.
//
//   simulation [--seeds N] [--first SEED] [--jobs N] [--venue NAME] [--mistake NAME] [--keep FOLDER]
//              [--notes] [--stop]
//
// Prints what was done and, for each seed that fails, what is wrong; `--first SEED --seeds 1
// --notes` shows one day again, the same in everything. Exit code 1 when a seed failed.

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstdio>
#include <vector>

#include "tests/sim/day.h"
#include "tests/sim/virtual_sqlite.h"
#include "tidemark/base/file.h"
#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark::sim {
namespace {

constexpr int64_t kSayEvery = 100;  // days: a line of progress

struct Options {
  int64_t seeds = 100, first = 1, jobs = 1;
  std::string venue, only, mistake, keep;
  bool notes = false, stop = false;
};

struct Totals {
  std::atomic<int64_t> next = 0, done = 0, failed = 0, others = 0;
  std::atomic<int64_t> lives = 0, crashes = 0, disk_failures = 0, epochs = 0, frames = 0;
  std::atomic<int64_t> venue_faults = 0, reconnects = 0, gaps_healed = 0;
  std::atomic<int64_t> candles = 0, models = 0, forecasts = 0, outcomes = 0, issued = 0, shown = 0;

  void Add(const DayCounts& day) {
    lives += day.lives;
    crashes += day.crashes;
    disk_failures += day.disk_failures;
    epochs += day.epochs;
    frames += day.frames;
    reconnects += day.reconnects;
    gaps_healed += day.gaps_healed;
    candles += day.candles;
    models += day.models;
    forecasts += day.forecasts;
    outcomes += day.outcomes;
    issued += day.issued;
    shown += day.shown;
    for (const int64_t n : day.venue.faults) venue_faults += n;
  }
};

void RunSeed(const Options& options, uint64_t seed, Totals* totals) {
  const DayPlan plan = PlanDay(seed, options.venue);
  if (plan.Text().find(options.only) == std::string::npos) {
    ++totals->others;
    return;
  }
  if (options.notes) fmt::print("seed {}: {}\n", seed, plan.Text());
  auto folder = options.keep.empty() ? MakeTemporaryDirectory("tidemark-sim-")
                                     : Result<std::string>(fmt::format("{}/{}", options.keep, seed));
  if (folder && !options.keep.empty()) (void)MakeDirectories(*folder);
  DayCounts day;
  const Status status = folder ? RunDay(plan, *folder, options.notes, &day) : Fail(folder.error());
  totals->Add(day);
  if (!status) {
    ++totals->failed;
    fmt::print("seed {} FAILED: {}\n  {}\n", seed, status.error().message(), plan.Text());
  }
  if (const int64_t done = ++totals->done; done % kSayEvery == 0 && done < options.seeds) {
    fmt::print("{} of {} days, {} failed\n", done, options.seeds, totals->failed.load());
  }
  std::fflush(stdout);
  if (folder && options.keep.empty()) (void)RemoveTree(*folder);
}

void Work(const Options& options, Totals* totals) {
  for (int64_t i = totals->next++; i < options.seeds; i = totals->next++) {
    if (options.stop && totals->failed > 0) return;
    RunSeed(options, static_cast<uint64_t>(options.first + i), totals);
  }
}

std::vector<std::string> VenueNames() {
  const auto names = SimulatedVenues();
  return {names.begin(), names.end()};
}

int RunAll(const Options& options) {
  if (options.mistake == "drop-late-row") MakeMistake(Mistake::kDropLateRow);
  if (options.mistake == "reorder-commits") MakeMistake(Mistake::kReorderCommits);
  if (options.mistake == "unsynced-journal") ForgetSqliteSyncs();
  void* page = ::mmap(nullptr, sizeof(Totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return 70;
  auto* totals = new (page) Totals();
  const auto begun = std::chrono::steady_clock::now();
  std::fflush(stdout);
  std::vector<pid_t> workers;
  for (int64_t j = 0; j < options.jobs; ++j) {
    const pid_t worker = ::fork();
    if (worker == 0) {
      Work(options, totals);
      ::_exit(0);
    }
    workers.push_back(worker);
  }
  for (const pid_t worker : workers) ::waitpid(worker, nullptr, 0);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const Totals& t = *totals;
  fmt::print("seeds {} to {}: {} days, {} lives, {} crashes, {} failed disk operations, {} faults of "
             "the venue, {} reconnects, {} gaps healed\n",
             options.first, options.first + options.seeds - 1, t.done.load(), t.lives.load(),
             t.crashes.load(), t.disk_failures.load(), t.venue_faults.load(), t.reconnects.load(),
             t.gaps_healed.load());
  fmt::print("{} epochs, {} messages; {} candles, {} models, {} forecasts, {} outcomes, {} issued, "
             "{} of them as a candle closed\n",
             t.epochs.load(), t.frames.load(), t.candles.load(), t.models.load(),
             t.forecasts.load(), t.outcomes.load(), t.issued.load(), t.shown.load());
  const int64_t lost = options.stop ? 0 : options.seeds - t.done - t.others;
  fmt::print("{} failed{} ({:.1f} s)\n", t.failed.load(),
             lost > 0 ? fmt::format(", {} not finished", lost) : "", seconds);
  return t.failed > 0 || lost > 0 || t.shown == 0 ? 1 : 0;
}

}  // namespace
}  // namespace tidemark::sim

int main(int argc, char** argv) {
  // In memory, where there is such a place: what is durable is the virtual disk's to say.
  if (tidemark::IsDirectory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  tidemark::sim::Options options;
  CLI::App app("Days of live against a lying venue, a failing disk and a process that dies.");
  app.add_option("--seeds", options.seeds, "How many days");
  app.add_option("--first", options.first, "The first day's seed");
  app.add_option("--jobs", options.jobs, "Days at once");
  app.add_option("--venue", options.venue, "Every day of this one, whatever the seed says")
      ->check(CLI::IsMember(tidemark::sim::VenueNames()));
  app.add_option("--only", options.only, "Days whose plan says this: okx, minutes");
  app.add_option("--mistake", options.mistake, "What the engine does wrong")
      ->check(CLI::IsMember({"drop-late-row", "reorder-commits", "unsynced-journal"}));
  app.add_option("--keep", options.keep, "Leave the lakes in this folder");
  app.add_flag("--notes", options.notes, "What live says");
  app.add_flag("--stop", options.stop, "End with the first day that fails");
  CLI11_PARSE(app, argc, argv);
  return tidemark::sim::RunAll(options);
}
