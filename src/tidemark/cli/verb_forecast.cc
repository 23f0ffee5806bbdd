// tidemark forecast: the current forecasts, with how far to trust them.

#include <cmath>

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/status_forecasts.h"

namespace tidemark {
namespace {

std::string PriceText(double price) { return ShortNumber(price, 6); }

std::string ReturnText(double log_return) {
  return std::isnan(log_return) ? "–" : fmt::format("{:+.3f} %", 100 * log_return);
}

std::string HorizonText(const CurrentForecast& f) {
  if (f.target_time != kMinTime)
    return fmt::format("{} ({})", f.horizon, ShortTime(f.target_time.us));
  return fmt::format("{} rows ahead", f.horizon);
}

std::string TrustText(const CurrentForecast& f) {
  if (f.model == "persistence") return "the measure of the others";
  if (f.period.empty()) return "not scored yet";
  if (f.flagged) return "too good to be true: run `tidemark check lookahead`";
  return f.better_than_persistence ? "better than persistence" : "no better than persistence";
}

std::string SeriesText(const std::vector<CurrentForecast>& forecasts, size_t begin, size_t end) {
  using enum TextTable::Align;
  const CurrentForecast& first = forecasts[begin];
  std::string period;
  for (size_t i = begin; i < end && period.empty(); ++i) period = forecasts[i].period;
  std::string text =
      fmt::format("{} {} {}\n  as of {} UTC, last close {}, target {}\n\n", first.series.venue,
                  first.series.symbol, first.series.interval, ShortTime(first.time.us),
                  PriceText(first.close), HorizonText(first));
  const std::string of = period.empty() ? "" : " " + period;
  TextTable table({{"model"},
                   {"predicted close", kRight},
                   {"return", kRight},
                   {"90 % interval"},
                   {"relative MAE" + of, kRight},
                   {"direction" + of, kRight},
                   {"how far to trust it"}});
  for (size_t i = begin; i < end; ++i) {
    const CurrentForecast& f = forecasts[i];
    const std::string interval =
        std::isnan(f.lower) ? "" : fmt::format("{} to {}", PriceText(f.lower), PriceText(f.upper));
    table.AddRow({f.model, PriceText(f.price), ReturnText(f.prediction), interval,
                  FixedNumber(f.relative_mae, 4), Percent(f.directional_accuracy), TrustText(f)});
  }
  return text + table.ToString(2);
}

JsonValue ForecastJson(const CurrentForecast& f) {
  const bool scored = !f.period.empty();
  return JsonValue::Object{
      {"venue", f.series.venue},
      {"symbol", f.series.symbol},
      {"interval", f.series.interval},
      {"model", f.model},
      {"horizon", f.horizon},
      {"as_of", FormatTime(f.time)},
      {"close", f.close},
      {"target_time",
       f.target_time == kMinTime ? JsonValue() : JsonValue(FormatTime(f.target_time))},
      {"prediction", f.prediction},
      {"predicted_close", f.price},
      {"lower", f.lower},
      {"upper", f.upper},
      {"model_id", f.model_id},
      {"score_period", scored ? JsonValue(f.period) : JsonValue()},
      {"scored_rows", f.scored},
      {"relative_mae", f.relative_mae},
      {"directional_accuracy", f.directional_accuracy},
      {"dm_p_mae", f.dm_p_mae},
      {"flagged", f.flagged},
      {"better_than_persistence", f.better_than_persistence}};
}

Result<Outcome> Forecast(Cli& cli, const std::string& symbol) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  TM_ASSIGN(Selection selection, cli.ReadSelection());
  if (!symbol.empty()) {
    TM_ASSIGN(const Selection named, MakeSelection({.venue = {},
                                                    .symbol = symbol,
                                                    .interval = {},
                                                    .since = {},
                                                    .until = {},
                                                    .as_of = {}}));
    selection.symbol = named.symbol;
  }
  TM_ASSIGN(const PinnedLake lake, PinLake(config, selection.as_of));
  TM_ASSIGN(const auto forecasts, ReadCurrentForecasts(lake.view, selection));
  if (cli.json()) {
    JsonValue::Array list;
    for (const CurrentForecast& f : forecasts) list.push_back(ForecastJson(f));
    cli.PrintJson(
        JsonValue::Object{{"epoch", lake.view.epoch()}, {"forecasts", JsonValue(std::move(list))}});
    return Outcome::kDone;
  }
  std::string text;
  for (size_t begin = 0, end = 0; begin < forecasts.size(); begin = end) {
    while (end < forecasts.size() && forecasts[end].series == forecasts[begin].series &&
           forecasts[end].horizon == forecasts[begin].horizon) {
      ++end;
    }
    if (begin > 0) text += "\n";
    text += SeriesText(forecasts, begin, end);
  }
  if (text.empty()) text = "no forecast in that time\n";
  cli.Print(text);
  return Outcome::kDone;
}

}  // namespace

void AddForecastVerb(Cli& cli) {
  auto [app, symbol] = cli.AddVerb(
      {.name = "forecast",
       .summary = "the current forecasts, with how far to trust them",
       .description =
           "Per series and model: the predicted close, the interval nine of ten closes should fall "
           "into, and beside it how the same model did over the latest year that can be judged. "
           "Relative MAE is the ratio to persistence, the forecast that nothing changes: above 1 "
           "is "
           "worse than knowing nothing. A model counts as better only where that is no accident "
           "(Diebold-Mariano p < 0.05).",
       .examples = {"tidemark forecast LTC-USD --lake lake",
                    "tidemark forecast --lake lake --json"},
       .kind = VerbKind::kReading},
      Forecast);
  app.Add("SYMBOL", symbol, "Only this symbol");
}

}  // namespace tidemark
