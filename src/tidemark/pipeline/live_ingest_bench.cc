// Live without a network: the messages of a busy market of a hundred symbols through the path that
// `live` takes, into a lake on disk, everything on as by default. A turn takes messages for 5 ms as
// LiveFeed does (the log, the decoder, the intake) and syncs the log; every ten seconds, or a
// million rows, an epoch commits. Messages are made beforehand, but for their ids and times.
//
// TIDEMARK_BENCH_SECONDS (20): how long messages come; the last epoch is waited for and counts.
// TIDEMARK_BENCH_FOLDER: where the lake is made, on the disk that is meant; a temporary one
// without.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tidemark/base/check.h"
#include "tidemark/base/clock.h"
#include "tidemark/base/file.h"
#include "tidemark/base/random.h"
#include "tidemark/pipeline/live_writer.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

constexpr size_t kSymbols = 100, kMessagesEach = 64;
constexpr int64_t kTurnNs = 5'000'000, kTradesPerSecond = 500'000;
constexpr int64_t kStartUs = 1'730'419'200'000'000 + 10 * kMicrosPerHour;
constexpr int64_t kDelayUs = 30'000;  // from the venue to us

// One of a symbol's messages; what changes has room for all its digits.
struct Message {
  std::string text;
  size_t event_at, id_at, time_at;
};

struct Instrument {
  std::vector<Message> messages;
  int64_t next_id = 1'000'000'000;
};

Message MakeMessage(const std::string& symbol, double price, double size, bool maker) {
  std::string lower = symbol;
  for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
  Message m;
  m.text = fmt::format(R"({{"stream":"{}@trade","data":{{"e":"trade","E":)", lower);
  m.event_at = m.text.size();
  m.text += fmt::format(R"(1730419200000,"s":"{}","t":)", symbol);
  m.id_at = m.text.size();
  m.text += fmt::format(R"(1000000000,"p":"{:.2f}000000","q":"{:.5f}000","T":)", price, size);
  m.time_at = m.text.size();
  m.text += fmt::format(R"(1730419200000,"m":{},"M":true}}}})", maker);
  return m;
}

void PutNumber(int64_t value, size_t at, std::string* text) {
  std::to_chars(text->data() + at, text->data() + text->size(), value);
}

// A hundred symbols, the first traded most. The same one every time.
class BusyMarket {
 public:
  BusyMarket() : random_(7) {
    for (size_t s = 0; s < kSymbols; ++s) {
      const std::string name = fmt::format("{}{}{}USDT", 'A', static_cast<char>('A' + s / 26),
                                           static_cast<char>('A' + s % 26));
      config.symbols.push_back(*Symbol::Parse(name.substr(0, 3) + "-USDT"));
      Instrument instrument;
      double price = 10 + 50 * random_.Uniform();
      for (size_t i = 0; i < kMessagesEach; ++i) {
        price += 0.01 * (static_cast<double>(random_.Below(11)) - 5);
        instrument.messages.push_back(
            MakeMessage(name, price, static_cast<double>(1 + random_.Below(200'000)) / 1e5,
                        random_.Bernoulli(0.5)));
      }
      instruments_.push_back(std::move(instrument));
      for (size_t n = 0; n < 1 + 300 / (s + 3); ++n) choices_.push_back(static_cast<uint8_t>(s));
    }
    config.venue = "binance";
  }

  // The next trade; good until the one after.
  std::string_view Next() {
    Instrument& instrument = instruments_[choices_[random_.Below(choices_.size())]];
    const int64_t id = instrument.next_id++;
    Message& m = instrument.messages[static_cast<size_t>(id) % kMessagesEach];
    const int64_t ms = time_us() / 1000;
    PutNumber(ms + 1, m.event_at, &m.text);
    PutNumber(id, m.id_at, &m.text);
    PutNumber(ms, m.time_at, &m.text);
    ++trades;
    return m.text;
  }
  int64_t time_us() const { return kStartUs + trades * kMicrosPerSecond / kTradesPerSecond; }

  FeedConfig config;
  int64_t trades = 0;

 private:
  Random random_;
  std::vector<Instrument> instruments_;
  std::vector<uint8_t> choices_;
};

// The resident memory of this process, looked at every second by a thread of its own.
class Memory {
 public:
  Memory() : thread_([this] { Watch(); }) {}
  ~Memory() { Stop(); }
  // MiB, one a second.
  const std::vector<double>& Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return seen_;
  }

 private:
  void Watch() {
    for (int64_t tick = 0; !stop_; ++tick) {
      if (tick % 20 == 0) seen_.push_back(ResidentMib());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  static double ResidentMib() {
    const auto pages = ReadFile("/proc/self/statm");
    CHECK(pages);
    int64_t resident = 0;
    const size_t at = pages->find(' ') + 1;
    std::from_chars(pages->data() + at, pages->data() + pages->size(), resident);
    return static_cast<double>(resident) / 256;
  }

  std::atomic<bool> stop_ = false;
  std::vector<double> seen_;
  std::thread thread_;
};

double Most(const std::vector<double>& values, size_t begin, size_t end) {
  double most = 0;
  for (size_t i = begin; i < end; ++i) most = std::max(most, values[i]);
  return most;
}

void Sustained(benchmark::State& state) {
  const char* wanted = std::getenv("TIDEMARK_BENCH_SECONDS");
  const int64_t seconds = wanted == nullptr ? 20 : std::atoll(wanted);
  const char* given = std::getenv("TIDEMARK_BENCH_FOLDER");
  const std::string folder = given != nullptr ? given : *MakeTemporaryDirectory("tidemark-bench-");
  for (auto _ : state) {
    BusyMarket market;
    Config config;
    config.lake = folder + "/lake";
    SourceConfig source;
    source.feed = market.config;
    config.sources.push_back(source);
    std::vector<int64_t> commits_ms;
    LiveOptions options;
    options.on_event = [&](const LogEvent& event) {
      if (event.name != "epoch_committed") fmt::print(stderr, "{}\n", event.message);
    };
    CHECK(RemoveTree(config.lake));
    LiveWriter writer(config, options);
    CHECK(writer.Open() && writer.Commit());
    const auto decoder = *MakeFeedDecoder("binance");
    Clock& clock = SystemClock();
    Memory memory;
    const int64_t begun = clock.MonotonicNanos();
    int64_t taking_ns = 0, syncing_ns = 0, bytes = 0, epoch_due = begun + config.epoch_us * 1000;
    int64_t commit_begun = 0;
    const auto end_commit = [&] {
      CHECK(writer.EndCommit());
      commits_ms.push_back((clock.MonotonicNanos() - commit_begun) / 1'000'000);
    };
    const auto commit = [&] {
      if (writer.committing()) end_commit();
      commit_begun = clock.MonotonicNanos();
      CHECK(writer.BeginCommit());
      epoch_due = commit_begun + config.epoch_us * 1000;
    };
    while (clock.MonotonicNanos() < begun + seconds * 1'000'000'000) {
      const int64_t turn = clock.MonotonicNanos();
      while (clock.MonotonicNanos() < turn + kTurnNs) {
        for (int i = 0; i < 100; ++i) {
          const std::string_view text = market.Next();
          const ReceiveTime at{market.time_us() + kDelayUs};
          bytes += static_cast<int64_t>(text.size());
          FeedSink& rows = writer.Take({.kind = FrameKind::kReceived,
                                        .feed = "binance",
                                        .connection = 1,
                                        .at = at,
                                        .about = {},
                                        .bytes = text});
          decoder->Decode(text, at, rows);
        }
      }
      const int64_t taken = clock.MonotonicNanos();
      writer.Forecast();
      CHECK((!writer.SyncIsDue() || writer.Sync()) && !writer.full());
      const int64_t synced = clock.MonotonicNanos();
      taking_ns += taken - turn;
      syncing_ns += synced - taken;
      if (writer.committed()) end_commit();
      const bool enough = writer.intake().rows() >= config.epoch_rows;
      if (enough || (synced >= epoch_due && !writer.committing())) commit();
    }
    commit();
    end_commit();
    const double all = static_cast<double>(clock.MonotonicNanos() - begun) * 1e-9;
    const std::vector<double>& mib = memory.Stop();
    int64_t stored = 0;
    for (const SourceCount& count : writer.Report().sources) stored += count.new_rows;
    CHECK(stored == market.trades);
    state.SetIterationTime(all);
    state.counters["rows"] = static_cast<double>(stored);
    state.counters["rows_per_second"] = static_cast<double>(stored) / all;
    state.counters["bytes_per_message"] =
        static_cast<double>(bytes) / static_cast<double>(market.trades);
    state.counters["seconds"] = all;
    state.counters["taking_seconds"] = static_cast<double>(taking_ns) * 1e-9;
    state.counters["syncing_seconds"] = static_cast<double>(syncing_ns) * 1e-9;
    state.counters["epochs"] = static_cast<double>(commits_ms.size());
    state.counters["mib_first_half"] = Most(mib, 0, (mib.size() + 1) / 2);
    state.counters["mib_second_half"] = Most(mib, mib.size() / 2, mib.size());
    std::string label;
    for (const int64_t ms : commits_ms) label += fmt::format("{} ", ms);
    state.SetLabel(label + "ms");
    CHECK(RemoveTree(config.lake));
  }
}
BENCHMARK(Sustained)->Iterations(1)->UseManualTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace tidemark
