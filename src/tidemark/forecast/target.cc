#include "tidemark/forecast/target.h"

#include <algorithm>
#include <charconv>

#include "tidemark/base/check.h"
#include "tidemark/base/math.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

void SetTarget(std::span<const double> close, size_t row, size_t target_row, int64_t span,
               int64_t max_span, size_t out, Targets& targets) {
  // Equal prices are common and need no logarithm.
  targets.actual[out] = close[target_row] == close[row] ? 0.0 : Log(close[target_row] / close[row]);
  if (span <= max_span) {
    targets.usable[out] = 1;
  } else {
    ++targets.excluded_span;
  }
}

void RowTargets(std::span<const int64_t> time, std::span<const double> close, size_t begin,
                size_t end, size_t rows, int64_t max_span, Targets& targets) {
  for (size_t i = begin; i < end; ++i) {
    const size_t j = i + rows;
    if (j >= time.size()) break;
    targets.target_time[i - begin] = time[j];
    SetTarget(close, i, j, time[j] - time[i], max_span, i - begin, targets);
  }
}

void DurationTargets(std::span<const int64_t> time, std::span<const double> close, size_t begin,
                     size_t end, int64_t micros, int64_t max_span,
                     std::span<const TimeRange> outages, EventTime known_until, Targets& targets) {
  size_t j = begin;
  size_t outage = 0;
  for (size_t i = begin; i < end; ++i) {
    const int64_t due = time[i] + micros;
    if (known_until.us < due) break;
    j = std::max(j, i);
    while (j + 1 < time.size() && time[j + 1] <= due) ++j;
    while (outage < outages.size() && outages[outage].end.us <= time[i]) ++outage;
    if (outage < outages.size() && outages[outage].Overlaps({{time[i]}, {due}})) {
      ++targets.excluded_outage;
      continue;
    }
    targets.target_time[i - begin] = due;
    SetTarget(close, i, j, micros, max_span, i - begin, targets);
  }
}

}  // namespace

Result<Horizon> Horizon::Parse(std::string_view text) {
  int64_t rows = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rows);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (rows > 0) return Horizon{rows, 0};
  } else if (const Result<int64_t> micros = ParseDuration(text)) {
    return Horizon{0, *micros};
  }
  return Fail(ErrorCode::kParse,
              "'" + std::string(text) + "' is not a horizon: give rows (30) or a duration (30m)");
}

std::string Horizon::ToString() const {
  return rows > 0 ? std::to_string(rows) : FormatDuration(micros);
}

int64_t Horizon::NominalRows(int64_t interval_micros) const {
  CHECK(interval_micros > 0);
  return rows > 0 ? rows : std::max<int64_t>(1, micros / interval_micros);
}

Targets ComputeTargets(std::span<const int64_t> time, std::span<const double> close, size_t begin,
                       size_t end, const Horizon& horizon, int64_t max_target_span_us,
                       std::span<const TimeRange> outages, EventTime known_until) {
  CHECK(time.size() == close.size() && begin <= end && end <= time.size());
  CHECK((horizon.rows > 0) != (horizon.micros > 0));
  Targets targets;
  targets.target_time.assign(end - begin, kNullInt);
  targets.actual.assign(end - begin, kNull);
  targets.usable.assign(end - begin, 0);
  if (horizon.rows > 0) {
    RowTargets(time, close, begin, end, static_cast<size_t>(horizon.rows), max_target_span_us,
               targets);
  } else if (begin < end) {
    DurationTargets(time, close, begin, end, horizon.micros, max_target_span_us, outages,
                    known_until, targets);
  }
  return targets;
}

}  // namespace tidemark
