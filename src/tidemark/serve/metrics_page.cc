#include "tidemark/serve/metrics_page.h"

#include <prometheus/text_serializer.h>

#include <utility>

#include "tidemark/base/check.h"

namespace tidemark {

using prometheus::MetricType;

MetricsPage& MetricsPage::Family(std::string_view name, std::string_view help, MetricType type) {
  families_.push_back({std::string(name), std::string(help), type, {}});
  return *this;
}
MetricsPage& MetricsPage::Counter(std::string_view name, std::string_view help) {
  return Family(name, help, MetricType::Counter);
}
MetricsPage& MetricsPage::Gauge(std::string_view name, std::string_view help) {
  return Family(name, help, MetricType::Gauge);
}
MetricsPage& MetricsPage::Histogram(std::string_view name, std::string_view help) {
  return Family(name, help, MetricType::Histogram);
}

MetricsPage& MetricsPage::Add(double value, Labels labels) {
  CHECK(!families_.empty());
  std::erase_if(labels, [](const auto& label) { return label.value.empty(); });
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  (families_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) =
      value;
  families_.back().metric.push_back(std::move(metric));
  return *this;
}

MetricsPage& MetricsPage::Add(prometheus::ClientMetric::Histogram value) {
  CHECK(!families_.empty() && families_.back().type == MetricType::Histogram);
  families_.back().metric.emplace_back().histogram = std::move(value);
  return *this;
}

std::string MetricsPage::Text() const { return prometheus::TextSerializer().Serialize(families_); }

}  // namespace tidemark
