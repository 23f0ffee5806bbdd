#include "tidemark/serve/live_monitor.h"

#include "tidemark/serve/live_page.h"
#include "tidemark/serve/metrics_page.h"

namespace tidemark {

Result<std::unique_ptr<LiveMonitor>> LiveMonitor::Start(const ListenAddress& address,
                                                        int64_t silence_us, Clock& clock) {
  std::unique_ptr<LiveMonitor> monitor(new LiveMonitor(silence_us, clock));
  TM_ASSIGN(monitor->server_, HttpServer::Start(address, [self = monitor.get()](auto path) {
              return self->Answer(path);
            }));
  return monitor;
}

void LiveMonitor::Update(const LiveState& state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

PageAnswer LiveMonitor::Answer(std::string_view path) {
  const bool metrics = path == "/metrics";
  if (!metrics && path != "/health") {
    return {.status = 404, .body = "/metrics and /health are here\n"};
  }
  LiveState state;
  {
    const std::lock_guard lock(mutex_);
    state = state_;
  }
  const ReceiveTime now = clock_.Now();
  if (!metrics) return LiveHealth(state, now, silence_us_);
  return {200, std::string(MetricsPage::kContentType), LiveMetrics(state, now, silence_us_)};
}

}  // namespace tidemark
