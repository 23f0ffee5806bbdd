#include "tidemark/serve/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>

#include "tidemark/base/file.h"

namespace tidemark {
namespace {

// The fields of a line from its `at`-th on, as numbers; 0 where there is none.
double FieldAt(std::string_view text, size_t at) {
  for (size_t i = 0; i < at; ++i) {
    const size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return 0;
    text.remove_prefix(blank + 1);
  }
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Seconds since 1970 at which the machine was started.
double BootTime() {
  const auto stat = ReadFile("/proc/stat");
  const size_t at = stat ? stat->find("btime ") : std::string::npos;
  return at == std::string::npos ? 0 : FieldAt(std::string_view(*stat).substr(at), 1);
}

}  // namespace

void AddProcessMetrics(MetricsPage* page) {
  const auto stat = ReadFile("/proc/self/stat");
  if (!stat || stat->rfind(')') == std::string::npos) return;
  // Behind the program's name, which may hold anything, the third field of proc(5) comes first.
  const std::string_view fields = std::string_view(*stat).substr(stat->rfind(')') + 2);
  const auto field = [&](size_t number) { return FieldAt(fields, number - 3); };
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  page->Counter("process_cpu_seconds_total", "Processor time, user and system")
      .Add((field(14) + field(15)) / ticks);
  page->Gauge("process_resident_memory_bytes", "Memory in use")
      .Add(field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  page->Gauge("process_virtual_memory_bytes", "Addresses in use").Add(field(23));
  page->Gauge("process_start_time_seconds", "When the process began, since 1970")
      .Add(BootTime() + field(22) / ticks);
  if (const auto open = ListDirectory("/proc/self/fd")) {
    page->Gauge("process_open_fds", "Open file descriptors")
        .Add(static_cast<int64_t>(open->size()));
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    page->Gauge("process_max_fds", "File descriptors that may be open")
        .Add(static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace tidemark
