#include <algorithm>

#include "tidemark/feature/catalogue.h"
#include "tidemark/feature/feature_pack.h"

namespace tidemark {
namespace {

constexpr std::string_view kIntroduction =
    R"(# Features

<!-- Generated from the catalogue in src/tidemark/feature; a test compares the two. -->

A feature is named by its spec, which is also its column in the table `features`: the name and
every parameter, joined by `_`. `sma_30` is the mean of the last 30 closes, `stoch_k_14_3_3` the
K line of a stochastic over 14 rows. Unknown names and values out of range are refused with the
closest that is right.

- **Time.** A row's `time` is the close time of its candle. A value depends on that candle and
  those before it, never on a later one.
- **Row windows** count rows, whatever the gaps between them. Where **time windows** are
  offered, the first parameter may carry a unit (`s m h d w`): `sma_30m` takes the rows whose
  close lies in (t − 30m, t], which is at least the row itself, and is null until the series is
  30 minutes old.
- **Warm-up.** Before the first row with a value (counted from 0) a feature is null, never NaN
  or 0.
- **Relative forms.** `_rel` after the spec makes a value free of scale, for models:
  `sma_30_rel` is ln(c / sma_30), `rsi_14_rel` is rsi_14 / 100 − ½.
- **Exact.** Windows are summed exactly (see internals/exact-sums.md), so a value depends on the
  rows in its window and on nothing older. The recursive ones (ema, macd, rsi, atr, natr, adx)
  are seeded and smoothed as TA-Lib does and forget a changed row after a while.
- **Volume.** Features of volume are null where a row of their window has none.
- Standard deviations are those of the population (ddof 0). Nothing is annualised.

In formulas c, o, h, l, v are close, open, high, low and volume, x the feature's own value.
)";

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string FamilyTable(std::string_view family) {
  std::string text =
      "\n| spec | what | formula | unit | `_rel` | first value in row | time window |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const FeatureInfo& info : Catalogue()) {
    if (info.family != family) continue;
    const std::string relative(RelativeFormula(info.relative));
    text += "| `" + info.Pattern() + "` | " + Escaped(info.summary) + " | " +
            Escaped(info.formula) + " | " + info.unit + " | " +
            (relative.empty() ? "–" : Escaped(relative)) + " | " + info.warmup + " | " +
            (info.time_window ? "yes" : "–") + " |\n";
  }
  text += "\n| spec | parameter | meaning | default | range |\n| --- | --- | --- | --- | --- |\n";
  for (const FeatureInfo& info : Catalogue()) {
    if (info.family != family) continue;
    for (const FeatureParameter& p : info.parameters) {
      text += "| `" + info.Example() + "` | " + p.name + " | " + p.meaning + " | " +
              std::to_string(p.default_value) + " | " + std::to_string(p.min) + " to " +
              std::to_string(p.max) + " |\n";
    }
  }
  return text;
}

}  // namespace

std::string FeatureReference() {
  std::string text(kIntroduction);
  text +=
      "\n## The default set\n\nAll 20 have values from row " +
      std::to_string(FeaturePack::Make(FeaturePack::DefaultSpecs(), Interval())->warmup_rows()) +
      " on.\n\n";
  for (const std::string& spec : FeaturePack::DefaultSpecs()) text += "- `" + spec + "`\n";
  std::vector<std::string> families;
  for (const FeatureInfo& info : Catalogue()) {
    if (std::find(families.begin(), families.end(), info.family) != families.end()) continue;
    families.push_back(info.family);
    std::string title = info.family;
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
    std::string table = FamilyTable(info.family);
    if (info.parameters.empty()) table.resize(table.rfind("\n| spec"));
    text += "\n## " + title + "\n" + table;
  }
  text +=
      "\n## Not here\n\n`vwap` needs trades, which candles do not carry, and is never guessed from "
      "a typical "
      "price; `vwma_{n}`\nweights closes by volume. Cumulative on-balance volume never forgets; "
      "`obv_{n}` is "
      "that of n rows, and a query can sum\nit over all.\n";
  return text;
}

}  // namespace tidemark
