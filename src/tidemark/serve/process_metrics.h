// The process_* metrics that every Prometheus client gives.
#pragma once

#include "tidemark/serve/metrics_page.h"

namespace tidemark {

// Those that /proc tells; none where there is no /proc.
void AddProcessMetrics(MetricsPage* page);

}  // namespace tidemark
