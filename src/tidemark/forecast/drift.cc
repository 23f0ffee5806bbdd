#include "tidemark/forecast/drift.h"

#include <vector>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

// Rows by their place: begun at `begin`, changed with `change`, noticed at `alarm`.
struct Change {
  size_t begin = 0, change = 0, alarm = 0;
};

double ExcessOf(const LossRow& row) { return (row.loss - row.reference) / row.scale; }

std::vector<Change> FindChanges(std::span<const LossRow> rows, const DriftOptions& options) {
  std::vector<Change> changes;
  const auto h = static_cast<double>(options.horizon_rows);
  Change now;
  double total = 0, sum = 0, least = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const double x = ExcessOf(rows[i]);
    total += x;
    const double mean = total / static_cast<double>(i - now.begin + 1);
    sum += (x - mean - options.delta) / h;
    if (i == now.begin || sum <= least) {
      least = sum;
      now.change = i + 1;
    }
    if (sum - least <= options.threshold) continue;
    now.alarm = i;
    changes.push_back(now);
    now = {.begin = i + 1};
    total = sum = least = 0;
  }
  return changes;
}

struct Losses {
  double excess = 0, loss = 0, reference = 0;
};

Losses SumOf(std::span<const LossRow> rows) {
  Losses sum;
  for (const LossRow& row : rows) {
    sum.excess += ExcessOf(row);
    sum.loss += row.loss;
    sum.reference += row.reference;
  }
  return sum;
}

}  // namespace

std::optional<DriftAlarm> FindDrift(std::span<const LossRow> rows, const DriftOptions& options) {
  CHECK(options.delta >= 0 && options.horizon_rows > 0);
  const std::vector<Change> changes = FindChanges(rows, options);
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    const auto before_rows = rows.subspan(change->begin, change->change - change->begin);
    const auto after_rows = rows.subspan(change->change);
    const Losses before = SumOf(before_rows), after = SumOf(after_rows);
    DriftAlarm alarm;
    alarm.before = before.excess / static_cast<double>(before_rows.size());
    alarm.after = after.excess / static_cast<double>(after_rows.size());
    if (alarm.after - alarm.before <= options.delta) continue;
    alarm.since = after_rows.front().target_time;
    alarm.raised = rows[change->alarm].target_time;
    alarm.rows = static_cast<int64_t>(after_rows.size());
    alarm.relative_mae_before = before.loss / before.reference;
    alarm.relative_mae_after = after.loss / after.reference;
    return alarm;
  }
  return std::nullopt;
}

}  // namespace tidemark
