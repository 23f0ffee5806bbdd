// tidemark evaluate: what the forecasts were worth; the null market; the study's leaky split.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/json_text.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/check_features.h"
#include "tidemark/pipeline/evaluate.h"
#include "tidemark/pipeline/said_and_known.h"
#include "tidemark/pipeline/status_forecasts.h"
#include "tidemark/pipeline/status_scores.h"

namespace tidemark {
namespace {

struct EvaluateFlags {
  std::string model;
  bool months = false;
  bool buckets = false;
  bool null_market = false;
  bool study = false;
  bool test_look_ahead = false;
  int seeds = 5;
  int64_t rows = 300'000;
};

// Against persistence.
std::string VerdictOf(const Batch& scores, size_t i) {
  if (scores["model"].strings.At(i) == "persistence") return "";
  if (scores["flagged"].ints[i] == 1) return "TOO GOOD";
  const double relative = scores["relative_mae"].doubles[i];
  const double p = scores["dm_p_mae"].doubles[i];
  return relative < 1 && p < kBetterPMax ? "better" : "no better";
}

// "50.8 ± 0.4 %": the interval is symmetrical.
std::string DirectionText(double share, double upper) {
  if (std::isnan(share) || std::isnan(upper)) return Percent(share);
  return fmt::format("{:.1f} ± {:.1f} %", 100 * share, 100 * (upper - share));
}

std::string GroupOf(const Batch& scores, size_t i) {
  return fmt::format("{} {} {}, {} ahead", scores["venue"].strings.At(i),
                     scores["symbol"].strings.At(i), scores["interval"].strings.At(i),
                     scores["horizon"].strings.At(i));
}

std::string ScoresText(const Batch& scores, bool buckets) {
  using enum TextTable::Align;
  std::string text, group;
  const bool live = std::ranges::any_of(scores["basis"].strings.dictionary,
                                        [](const std::string& basis) { return basis == "issued"; });
  const auto fresh = [&] {
    std::vector<TextTable::Column> columns = {{"model"}, {"period"}};
    if (live) columns.push_back({"basis"});
    if (buckets) columns.push_back({"target in", kRight});
    for (const char* title : {"n", "n eff.", "rel. MAE", "rel. RMSE", "MASE", "direction"}) {
      columns.push_back({title, kRight});
    }
    for (const char* title : {"IC", "rank IC", "DM p", "in 90 %"})
      columns.push_back({title, kRight});
    columns.push_back({"vs persistence"});
    return TextTable(columns);
  };
  TextTable table = fresh();
  const auto flush = [&] {
    if (!table.empty()) text += (text.empty() ? "" : "\n") + group + "\n\n" + table.ToString(2);
    table = fresh();
  };
  for (size_t i = 0; i < scores.rows; ++i) {
    if (const std::string of = GroupOf(scores, i); of != group) {
      flush();
      group = of;
    }
    const auto number = [&](std::string_view column) { return scores[column].doubles[i]; };
    std::vector<std::string> cells = {scores["model"].strings.At(i),
                                      scores["period"].strings.At(i)};
    if (live) cells.push_back(scores["basis"].strings.At(i));
    if (buckets) cells.push_back(scores["bucket"].strings.At(i));
    for (std::string cell :
         {GroupDigits(scores["n"].ints[i]), FixedNumber(number("n_effective"), 0),
          FixedNumber(number("relative_mae"), 4), FixedNumber(number("relative_rmse"), 4),
          FixedNumber(number("mase"), 3),
          DirectionText(number("directional_accuracy"), number("directional_upper")),
          FixedNumber(number("ic"), 3), FixedNumber(number("rank_ic"), 3),
          FixedNumber(number("dm_p_mae"), 3), Percent(number("coverage")), VerdictOf(scores, i)}) {
      cells.push_back(std::move(cell));
    }
    table.AddRow(std::move(cells));
  }
  flush();
  return text;
}

// What was said while live beside what today's rows would have said, on the same rows.
std::string BiasText(const std::vector<RevisionBias>& all) {
  using enum TextTable::Align;
  if (all.empty()) return "";
  TextTable table({{"series"},
                   {"model"},
                   {"n", kRight},
                   {"rel. MAE issued", kRight},
                   {"recomputed", kRight},
                   {"difference", kRight}});
  for (const RevisionBias& bias : all) {
    table.AddRow({fmt::format("{} {} {}, {} ahead", bias.series.venue, bias.series.symbol,
                              bias.series.interval, bias.series.horizon),
                  bias.model, GroupDigits(bias.n), FixedNumber(bias.issued, 4),
                  FixedNumber(bias.recomputed, 4), FixedNumber(bias.issued - bias.recomputed, 4)});
  }
  return "\nRevision bias: said live, and as today's rows would have it, on the same rows\n\n" +
         table.ToString(2);
}

JsonValue BiasJson(const std::vector<RevisionBias>& all) {
  JsonValue::Array rows;
  for (const RevisionBias& bias : all) {
    rows.push_back(JsonValue::Object{{"venue", bias.series.venue},
                                     {"symbol", bias.series.symbol},
                                     {"interval", bias.series.interval},
                                     {"horizon", bias.series.horizon},
                                     {"model", bias.model},
                                     {"n", bias.n},
                                     {"relative_mae_issued", bias.issued},
                                     {"relative_mae_recomputed", bias.recomputed},
                                     {"difference", bias.issued - bias.recomputed}});
  }
  return JsonValue(std::move(rows));
}

JsonValue ScoresJson(const Batch& scores) {
  JsonValue::Array rows;
  for (size_t i = 0; i < scores.rows; ++i) {
    JsonValue::Object row;
    for (size_t f = 0; f < scores.columns.size(); ++f) {
      const Field& field = scores.schema.fields[f];
      const Column& column = scores.columns[f];
      JsonValue value;
      if (field.type == ColumnType::kString) {
        if (!column.strings.IsNull(i)) value = JsonValue(column.strings.At(i));
      } else if (field.type == ColumnType::kDouble) {
        value = JsonValue(column.doubles[i]);
      } else if (column.ints[i] != kNullInt) {
        value = field.type == ColumnType::kBool ? JsonValue(column.ints[i] != 0)
                                                : JsonValue(column.ints[i]);
      }
      row.emplace_back(field.name, std::move(value));
    }
    rows.push_back(JsonValue(std::move(row)));
  }
  return JsonValue(std::move(rows));
}

// A score too good to be true calls for the look-ahead check at once.
Result<Outcome> LookIntoFlags(Cli& cli, const Config& config, const Batch& scores) {
  int64_t flagged = 0;
  for (const int64_t flag : scores["flagged"].ints) flagged += flag == 1;
  if (flagged == 0) return Outcome::kDone;
  TM_ASSIGN(const CheckReport report, CheckLookahead(config));
  for (const std::string& finding : report.findings) cli.Note(finding);
  cli.Note(fmt::format("{} scores are too good to be true; the look-ahead check {}", flagged,
                       report.ok() ? "found no feature that sees the future" : "failed"));
  return report.ok() ? Outcome::kDone : Outcome::kCheckFailed;
}

// Results that arrive as JSON with a member "passed".
Result<Outcome> PrintResult(Cli& cli, const std::string& json) {
  cli.progress().End();
  TM_ASSIGN(const JsonValue result, JsonValue::Parse(json));
  cli.Print(cli.json() ? result.ToString() : JsonText(result));
  const JsonValue* passed = result.Find("passed");
  const bool failed = passed != nullptr && passed->as_bool() != nullptr && !*passed->as_bool();
  return failed ? Outcome::kCheckFailed : Outcome::kDone;
}

Result<Outcome> Evaluate(Cli& cli, const EvaluateFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  TM_ASSIGN(const Selection selection, cli.ReadSelection());
  if (flags.null_market) {
    NullMarketRequest request;
    request.seeds = flags.seeds;
    request.rows = flags.rows;
    request.symbol = selection.symbol;
    request.progress = &cli.progress();
    request.look_ahead = flags.test_look_ahead;
    TM_ASSIGN(const std::string json, NullMarketJson(config, request));
    return PrintResult(cli, json);
  }
  if (flags.study) {
    StudyRequest request;
    request.symbol = selection.symbol;
    request.seeds = flags.seeds;
    request.progress = &cli.progress();
    TM_ASSIGN(const std::string json, StudyJson(config, request));
    return PrintResult(cli, json);
  }
  TM_ASSIGN(const PinnedLake lake, PinLake(config, selection.as_of));
  TM_ASSIGN(const Batch scores, ReadScores(lake.view, {.selection = selection,
                                                       .model = flags.model,
                                                       .months = flags.months,
                                                       .buckets = flags.buckets}));
  TM_ASSIGN(std::vector<RevisionBias> biases, ReadRevisionBias(config, lake.view, selection));
  std::erase_if(biases, [&](const RevisionBias& bias) {
    return !flags.model.empty() && flags.model != bias.model;
  });
  if (cli.json()) {
    JsonValue::Object all = {{"epoch", lake.view.epoch()}, {"scores", ScoresJson(scores)}};
    if (!biases.empty()) all.emplace_back("revision_bias", BiasJson(biases));
    cli.PrintJson(std::move(all));
  } else {
    cli.Print(ScoresText(scores, flags.buckets) + BiasText(biases));
  }
  return LookIntoFlags(cli, config, scores);
}

}  // namespace

void AddEvaluateVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "evaluate",
       .summary = "forecast scores, the null market, the study's leaky split beside",
       .description =
           "Scores of every model as ratios to persistence on the same rows, by year; of "
           "what was said while live too, with what later corrections made of it. "
           "`--null-market` "
           "runs the whole chain on markets in which nothing can be known (exit 1 when "
           "a model seems to "
           "know something) and on one with a planted signal that must be found. "
           "`--study` shows what "
           "the original study measured, and the same models measured honestly.",
       .examples = {"tidemark evaluate --lake lake --symbol LTC-USD",
                    "tidemark evaluate --lake lake --null-market",
                    "tidemark evaluate --lake lake --study"},
       .kind = VerbKind::kReading},
      Evaluate);
  app.Add("--model", flags.model, "Only this model").TypeName("NAME");
  app.AddFlag("--months", flags.months, "Months too");
  app.AddFlag("--buckets", flags.buckets, "By how far away the target is, too");
  const VerbOption null_market =
      app.AddFlag("--null-market", flags.null_market, "Markets without a signal, and with one");
  app.AddFlag("--study", flags.study, "The original study as it was and as it should be")
      .Excludes(null_market);
  // For tests: every feature sees one row ahead, so the null market has to fail.
  app.AddFlag("--test-look-ahead", flags.test_look_ahead, "").Group("");
  app.Add("--seeds", flags.seeds, "How many seeds of the null market or the study")
      .TypeName("N")
      .ShowDefault()
      .Range(1, 100);
  app.Add("--rows", flags.rows, "Rows of each null market, at least 100000")
      .TypeName("N")
      .ShowDefault()
      .Range(100'000, 1e8);
}

}  // namespace tidemark
