// A page of metrics in the Prometheus text format, one family after the other. Names begin with
// "tidemark_" or "process_", have base units, and "_total" on counters.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

class MetricsPage {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;  // those with no value are left out

  // Begins a family; the values that follow are its.
  MetricsPage& Counter(std::string_view name, std::string_view help);
  MetricsPage& Gauge(std::string_view name, std::string_view help);
  MetricsPage& Histogram(std::string_view name, std::string_view help);

  MetricsPage& Add(double value, Labels labels = {});
  MetricsPage& Add(int64_t value, Labels labels = {}) {
    return Add(static_cast<double>(value), std::move(labels));
  }
  MetricsPage& Add(bool value, Labels labels = {}) {
    return Add(value ? 1.0 : 0.0, std::move(labels));
  }
  // Of a histogram.
  MetricsPage& Add(prometheus::ClientMetric::Histogram value);

  std::string Text() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  MetricsPage& Family(std::string_view name, std::string_view help, prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace tidemark
