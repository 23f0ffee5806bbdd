#include "tests/sim/day.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>

#include "tests/sim/checks.h"
#include "tests/sim/virtual_net.h"
#include "tests/sim/virtual_sqlite.h"
#include "tidemark/base/check.h"
#include "tidemark/base/parallel.h"
#include "tidemark/pipeline/live.h"

namespace tidemark::sim {
namespace {

constexpr double kSpeed = 600;
constexpr int64_t kDayUs = 9 * kMicrosPerHour;
constexpr int64_t kStretch = 300;  // 112 days, three turns of a month
// Of the clock: the day that is compared, and after it, when the venue has calmed down, until all of
// it has come, at most; the market goes on, so that what was missed shows.
constexpr int64_t kRunUs = static_cast<int64_t>(kDayUs / kSpeed);
constexpr int64_t kHealUs = 150 * kMicrosPerSecond;
constexpr int64_t kLookUs = 5 * kMicrosPerSecond;

int64_t Between(Random& random, double low, double high) {
  return static_cast<int64_t>((low + random.Uniform() * (high - low)) * kMicrosPerSecond);
}

void PlanFaults(Random& random, int64_t stretch, VenueFaults* faults) {
  const auto set = [&](VenueFault fault, double most) {
    if (random.Bernoulli(0.6)) {
      faults->share[static_cast<size_t>(fault)] = most * random.Uniform();
    }
  };
  set(VenueFault::kDisconnect, 0.004);
  set(VenueFault::kSilence, 0.0005);
  set(VenueFault::kDuplicate, 0.05);
  set(VenueFault::kDisorder, 0.05);
  set(VenueFault::kDelay, 0.02);
  set(VenueFault::kDrop, 0.01);
  set(VenueFault::kMalformed, 0.005);
  set(VenueFault::kSplit, 0.05);
  set(VenueFault::kRest429, 0.1);
  set(VenueFault::kRest5xx, 0.1);
  set(VenueFault::kStale, 0.3);
  set(VenueFault::kTruncate, 0.1);
  faults->delay_seconds = 600 * static_cast<double>(stretch) * random.Uniform();
  faults->stale_seconds = 500 * random.Uniform();
  faults->skew_seconds = random.Bernoulli(0.3) ? 20 * (random.Uniform() - 0.5) : 0;
}

void PlanDisk(Random& random, int64_t for_us, DiskFaults* disk) {
  if (random.Bernoulli(0.5)) disk->crash_at_point = 1 + static_cast<int64_t>(random.Below(500));
  disk->power = random.Bernoulli(0.5);
  if (random.Bernoulli(0.3)) disk->fail_share = 0.02 * random.Uniform();
  if (random.Bernoulli(0.3)) {
    disk->fail_from_us = static_cast<int64_t>(random.Uniform() * static_cast<double>(for_us));
    disk->fail_to_us = disk->fail_from_us + Between(random, 0.5, 8);
  }
}

template <typename T>
T* SharedMemory() {
  void* page = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  return new (page) T();
}

// What a child says about its end.
struct Report {
  DayCounts counts;
  bool whole = false;  // all of the day has come
  char problem[4000] = {};
  void Say(const std::string& text) {
    std::snprintf(problem, sizeof(problem), "%s", text.c_str());
  }
};

// Runs `work` in a process of its own; its exit status.
int InChild(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    work();
    std::fflush(nullptr);
    ::_exit(0);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class Day {
 public:
  Day(const DayPlan& plan, std::string folder, bool told)
      : plan_(plan),
        folder_(std::move(folder)),
        told_(told),
        // By its own clock a machine takes nothing from tomorrow on.
        begun_us_(plan.venue.start.us + (plan.stretch > 1 ? plan.venue.duration_us : 0)),
        clock_(ReceiveTime{begun_us_}),
        report_(SharedMemory<Report>()) {}
  ~Day() { ::munmap(report_, sizeof(Report)); }

  Status Run(DayCounts* counts) {
    ReplaceSystemClock(clock_);
    ThreadPool::WorkAlone();
    TM_ASSIGN(world_, VenueWorld::Make(plan_.venue, clock_));
    report_->counts.now_us = clock_.Now().us;
    for (size_t i = 0; i < plan_.lives.size(); ++i) TM_TRY(Live(i));
    // A check may have found something in the last moment.
    while (!report_->whole && report_->counts.now_us < healed_us()) {
      TM_TRY(Live(plan_.lives.size() - 1));
    }
    clock_.Advance(report_->counts.now_us - clock_.Now().us);
    const int status = InChild([&] { Check(); });
    *counts = report_->counts;
    if (status != 0) return Fail(ErrorCode::kInternal, fmt::format("the checks died: {}", status));
    return Problem();
  }

 private:
  // When the last life ends, at the latest.
  int64_t healed_us() const { return begun_us_ + kRunUs + kHealUs; }

  Status Problem() const {
    if (report_->problem[0] == 0) return {};
    return Fail(ErrorCode::kInternal, report_->problem);
  }

  Status Live(size_t index) {
    // The world's clock and counters go on where the last life has left them.
    clock_.Advance(report_->counts.now_us + plan_.lives[index].down_us - clock_.Now().us);
    world_->counts() = report_->counts.venue;
    const int status = InChild([&] { LiveHere(index); });
    ++report_->counts.lives;
    if (status == VirtualDisk::kCrashStatus) ++report_->counts.crashes;
    if (status != 0 && status != VirtualDisk::kCrashStatus) {
      return Fail(ErrorCode::kInternal, fmt::format("life {} ended with {}", index + 1, status));
    }
    return Problem();
  }

  // In the child.
  void LiveHere(size_t index) {
    const bool last = index + 1 == plan_.lives.size();
    Life life = plan_.lives[index];
    const int64_t begun = clock_.Now().us;
    life.disk.fail_from_us += begun;
    life.disk.fail_to_us += begun;
    if (const Status kept = KeepIssued(plan_, folder_); !kept) {
      return report_->Say(kept.error().message());
    }
    VirtualDisk disk(clock_, life.disk, plan_.seed * 1000 + index);
    HandleFaults(disk);
    PutSqliteOn(disk);
    VirtualNet net(clock_, *world_, plan_.seed * 1000 + index);
    EventLoop loop(net);
    const auto config = LiveConfig(plan_, folder_);
    CHECK(config);
    const int64_t end = last ? healed_us() : begun + life.for_us;
    int64_t look_us = begun_us_ + kRunUs;
    LiveOptions options;
    options.loop = &loop;
    options.stop = [&] {
      report_->counts.now_us = clock_.Now().us;
      report_->counts.venue = world_->counts();
      if (last && clock_.Now().us >= look_us) {
        look_us = clock_.Now().us + kLookUs;
        if (IsWhole(plan_, *config, world_->market())) return true;
      }
      if (clock_.Now().us < end) return false;
      if (life.killed) disk.Crash();
      return true;
    };
    options.on_event = [&](const LogEvent& event) {
      // SQLite holds against all that the disk does.
      if (event.message.find("journal was damaged") != event.message.npos) {
        report_->Say(event.message);
      }
      if (!told_ || event.level == LogLevel::kDebug) return;
      const auto us = static_cast<double>(clock_.Now().us - begun_us_);
      std::printf("%9.3f  %s\n", us * 1e-6, event.message.c_str());
    };
    options.on_forecasts = [&](const SaidForecasts& said, ReceiveTime at) {
      KeepShown(folder_, said, at);
    };
    const auto report = tidemark::Live(*config, options);
    DayCounts& counts = report_->counts;
    counts.now_us = clock_.Now().us;
    counts.venue = world_->counts();
    report_->whole = last && IsWhole(plan_, *config, world_->market());
    counts.points += disk.points();
    counts.disk_failures += disk.failures();
    if (!report) {
      options.on_event({LogLevel::kError, "ended", "ended: " + report.error().message()});
      // A disk that fails may end it; nothing else.
      if (disk.failures() == 0) report_->Say("live ended: " + report.error().message());
      return;
    }
    counts.epochs += report->epochs;
    counts.frames += report->totals.frames;
    counts.reconnects += report->reconnects;
    counts.gaps_opened += report->totals.gaps_opened;
    counts.gaps_healed += report->totals.gaps_healed;
  }

  // In the child.
  void Check() {
    clock_.Advance(2 * kMicrosPerDay);  // the venue's clock has run faster
    const Status checked = CheckDay(plan_, folder_, world_->market(), &report_->counts);
    if (!checked) report_->Say(checked.error().message());
  }

  const DayPlan& plan_;
  std::string folder_;
  bool told_;
  int64_t begun_us_;
  ManualClock clock_;
  Report* report_;
  std::unique_ptr<VenueWorld> world_;
};

}  // namespace

DayPlan PlanDay(uint64_t seed, std::string_view venue) {
  Random random(seed);
  DayPlan plan;
  plan.seed = seed;
  constexpr const char* kVenues[] = {"binance", "coinbase", "kraken", "bitstamp"};
  plan.venue.venue = kVenues[random.Below(4)];
  // Drawn apart, so that the other days stay as they were before there were these.
  constexpr const char* kMore[] = {"bitfinex", "gemini", "okx", "bybit"};
  if (const uint64_t drawn = Random(~seed).Below(8); drawn < 4) plan.venue.venue = kMore[drawn];
  if (!venue.empty()) plan.venue.venue = venue;
  // Of venues that tell all of the past.
  constexpr std::string_view kTellAll[] = {"binance", "coinbase", "kraken", "bitfinex"};
  const bool tells = std::ranges::count(kTellAll, plan.venue.venue) > 0;
  if (tells && Random(seed ^ kStretch).Bernoulli(0.3)) plan.stretch = kStretch;
  plan.whole = seed / 2 % 2 == 1 && plan.venue.venue != "bybit";  // it tells nobody of so long ago
  constexpr std::string_view kTellMinutes[] = {"kraken", "bitfinex", "gemini", "binance", "okx"};
  plan.candles = plan.whole && plan.stretch == 1 && std::ranges::count(kTellMinutes, plan.venue.venue) > 0 &&
                 Random(seed ^ 77).Bernoulli(0.4);
  plan.record = Random(seed ^ 1077).Below(8) == 0;
  const char* quote = plan.venue.venue == "binance" ? "USDT" : "USD";
  for (const char* base : {"BTC", "ETH"}) {
    plan.venue.symbols.push_back(*ParseMarketSymbol(fmt::format("{}-{}", base, quote)));
    if (random.Bernoulli(0.5)) break;
  }
  plan.venue.seed = seed;
  // Over the turn of a month, where models are fitted.
  plan.venue.start = plan.stretch == 1 ? StartOf({2024, 1, 31}) + 18 * kMicrosPerHour
                                       : StartOf({2024, 1, 1});
  plan.until = plan.venue.start + kDayUs * plan.stretch;
  plan.venue.speed = kSpeed * static_cast<double>(plan.stretch);
  plan.venue.duration_us = static_cast<int64_t>((kRunUs + kHealUs) * plan.venue.speed);
  plan.venue.trades_per_second = 0.06 / static_cast<double>(plan.stretch);
  PlanFaults(random, plan.stretch, &plan.venue.faults);
  if (plan.candles) {
    plan.venue.faults.share[static_cast<size_t>(VenueFault::kRestate)] = 0.2;
  }
  plan.venue.faults.calm_after_seconds = static_cast<double>(kRunUs) * 1e-6 * plan.venue.speed;
  plan.epoch_seconds = 0.5 + 6 * random.Uniform();
  plan.idle_us = random.Bernoulli(0.3) ? 0 : Between(random, 1, 10);
  plan.lateness_us = plan.stretch * (random.Bernoulli(0.5) ? 0 : Between(random, 0, 120));
  // Of ten minutes what is not checked is soon too far behind. Bitfinex, which answers each four
  // seconds, forty minutes of the day, would stay behind.
  const int64_t minutes = plan.venue.venue == "bitfinex"        ? 180
                          : Random(seed ^ 79).Bernoulli(0.5) ? 10
                                                                  : 60;
  plan.cross_check_us = minutes * plan.stretch * kMicrosPerMinute;
  const size_t lives = 1 + random.Below(5);
  for (size_t i = 0; i < lives; ++i) {
    Life life;
    life.down_us = random.Bernoulli(0.5) ? 0 : Between(random, 0, 5);
    life.for_us = Between(random, 1, 20);
    life.killed = random.Bernoulli(0.6);
    PlanDisk(random, life.for_us, &life.disk);
    plan.lives.push_back(life);
  }
  plan.lives.emplace_back();
  return plan;
}

std::string DayPlan::Text() const {
  std::string text = fmt::format("{}, {} symbols{}{}{}{}, epochs of {:.1f} s, lateness {:.1f} s, idle {:.1f} s; lives:",
                                 venue.venue, venue.symbols.size(), whole ? " since its start" : "",
                                 candles ? " and minutes" : "", record ? ", recorded" : "",
                                 stretch > 1 ? fmt::format(", {} days in one", stretch) : "",
                                 epoch_seconds,
                                 static_cast<double>(lateness_us) * 1e-6,
                                 static_cast<double>(idle_us) * 1e-6);
  for (const Life& life : lives) {
    text += fmt::format(" {:.1f}s{}{}", static_cast<double>(life.for_us) * 1e-6,
                        life.killed ? " killed" : "",
                        life.disk.crash_at_point > 0
                            ? fmt::format(" crash at {}{}", life.disk.crash_at_point,
                                          life.disk.power ? " (power)" : "")
                            : "");
  }
  return text;
}

Status RunDay(const DayPlan& plan, const std::string& folder, bool told, DayCounts* counts) {
  return Day(plan, folder, told).Run(counts);
}

}  // namespace tidemark::sim
