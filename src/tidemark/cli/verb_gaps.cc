// tidemark gaps: holes in the base rows.

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/status_gaps.h"

namespace tidemark {
namespace {

constexpr size_t kLongestShown = 20;

struct GapOptions {
  bool all = false, partial = false;
  std::string min;
  std::string reason;
  bool fail = false;
};

std::string ClassesText(const SeriesGaps& series) {
  using enum TextTable::Align;
  TextTable table(
      {{"length"}, {"gaps", kRight}, {"rows missing", kRight}, {"suspected outages", kRight}});
  for (const GapClass& c : series.classes) {
    table.AddRow(
        {c.name, GroupDigits(c.gaps), GroupDigits(c.missing), GroupDigits(c.suspected_outages)});
  }
  table.AddRow({"all", GroupDigits(series.gaps), GroupDigits(series.missing),
                GroupDigits(series.suspected_outages)});
  return table.ToString(2);
}

std::string RowsText(const std::vector<GapRow>& rows) {
  using enum TextTable::Align;
  TextTable table({{"from"}, {"to"}, {"length", kRight}, {"rows missing", kRight}, {"reason"}});
  for (const GapRow& row : rows) {
    table.AddRow({ShortTime(row.from.us), ShortTime(row.to.us), LongDuration(row.micros()),
                  GroupDigits(row.missing), row.reason});
  }
  return table.ToString(2);
}

// Years down, months across, the share of minutes that have a row.
std::string CoverageText(const SeriesGaps& series) {
  using enum TextTable::Align;
  std::vector<TextTable::Column> columns = {{"year"}};
  for (const char* name :
       {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}) {
    columns.push_back({name, kRight});
  }
  TextTable table(columns);
  std::vector<std::string> cells;
  for (const MonthCoverage& month : series.coverage) {
    const CivilDate date = CivilOf(month.month);
    const std::string year = std::to_string(date.year);
    if (cells.empty() || cells[0] != year) {
      if (!cells.empty()) table.AddRow(cells);
      cells.assign(13, " ");
      cells[0] = year;
    }
    cells[static_cast<size_t>(date.month)] =
        FixedNumber(100.0 * static_cast<double>(month.rows) /
                        static_cast<double>(std::max<int64_t>(month.expected, 1)),
                    0);
  }
  if (!cells.empty()) table.AddRow(cells);
  return table.ToString(2);
}

JsonValue RowJson(const GapRow& row) {
  return JsonValue::Object{{"from", FormatTime(row.from)},
                           {"to", FormatTime(row.to)},
                           {"seconds", row.micros() / kMicrosPerSecond},
                           {"missing", row.missing},
                           {"reason", row.reason}};
}

std::vector<GapRow> RowsOf(const GapReport& report, const SeriesKey& series) {
  std::vector<GapRow> rows;
  std::ranges::copy_if(report.rows, std::back_inserter(rows),
                       [&](const GapRow& row) { return row.series == series; });
  return rows;
}

std::vector<GapRow> Longest(std::vector<GapRow> rows) {
  std::ranges::stable_sort(rows, std::greater(), &GapRow::micros);
  if (rows.size() > kLongestShown) rows.resize(kLongestShown);
  return rows;
}

JsonValue UntilJson(const KnownUntil& until) {
  JsonValue::Array list;
  for (const auto& [series, time] : until) {
    JsonValue::Object of = {{"venue", series.venue}, {"symbol", series.symbol}};
    if (!series.interval.empty()) of.emplace_back("interval", series.interval);
    of.emplace_back("time", time == kMinTime ? JsonValue() : JsonValue(FormatTime(time)));
    list.emplace_back(std::move(of));
  }
  return list;
}

// The series that is behind all others, and how far it is.
std::pair<std::string, EventTime> LeastOf(const KnownUntil& until) {
  const auto& [series, time] =
      *std::ranges::min_element(until, {}, [](const auto& known) { return known.second; });
  return {
      fmt::format("{} {}{}{}{}", series.venue, series.symbol, series.interval.empty() ? "" : " ",
                  series.interval, until.size() > 1 ? ", the least of all" : ""),
      time};
}

std::string UntilText(std::string_view what, const KnownUntil& until) {
  if (until.empty()) return "";
  const auto [series, time] = LeastOf(until);
  return fmt::format("\n{} up to {} ({}); what came later shows when it is told.\n", what,
                     FormatTime(time), series);
}

std::string ChecksText(const KnownUntil& checked) {
  if (checked.empty()) return "";
  const auto [series, time] = LeastOf(checked);
  if (time != kMinTime) {
    return fmt::format("Where ids do not tell what feeds left out, it is checked up to {} ({}).\n",
                       FormatTime(time), series);
  }
  std::set<std::string> venues;
  for (const auto& [of, until] : checked) venues.insert(of.venue);
  return fmt::format(
      "What feeds of {} left out shows later, when it is checked: ids do not tell. How far that is "
      "is not known here.\n",
      fmt::join(venues, ", "));
}

JsonValue GapsJson(const GapReport& report, bool all) {
  JsonValue::Array list;
  for (const SeriesGaps& series : report.series) {
    JsonValue::Array classes, coverage, rows;
    for (const GapClass& c : series.classes) {
      classes.push_back(JsonValue::Object{{"length", c.name},
                                          {"gaps", c.gaps},
                                          {"missing", c.missing},
                                          {"suspected_outages", c.suspected_outages}});
    }
    for (const MonthCoverage& m : series.coverage) {
      coverage.push_back(JsonValue::Object{
          {"month", FormatDate(m.month).substr(0, 7)}, {"rows", m.rows}, {"expected", m.expected}});
    }
    const auto of_series = RowsOf(report, series.series);
    for (const GapRow& row : all ? of_series : Longest(of_series)) rows.push_back(RowJson(row));
    list.push_back(JsonValue::Object{{"venue", series.series.venue},
                                     {"symbol", series.series.symbol},
                                     {"interval", series.series.interval},
                                     {"gaps", series.gaps},
                                     {"missing", series.missing},
                                     {"suspected_outages", series.suspected_outages},
                                     {"classes", JsonValue(std::move(classes))},
                                     {"coverage", JsonValue(std::move(coverage))},
                                     {all ? "all" : "longest", JsonValue(std::move(rows))}});
  }
  JsonValue::Array partial;
  for (const PartialCandles& p : report.partial) {
    partial.push_back(JsonValue::Object{{"venue", p.series.venue},
                                        {"symbol", p.series.symbol},
                                        {"interval", p.series.interval},
                                        {"from", FormatTime(p.from)},
                                        {"to", FormatTime(p.to)},
                                        {"candles", p.candles},
                                        {"origin", p.origin}});
  }
  return JsonValue::Object{{"epoch", report.epoch},
                           {"series", JsonValue(std::move(list))},
                           {"partial", JsonValue(std::move(partial))},
                           {"trades_until", UntilJson(report.trades_until)},
                           {"checked_until", UntilJson(report.checked_until)},
                           {"candles_until", UntilJson(report.candles_until)}};
}

std::string PartialText(const GapReport& report) {
  using enum TextTable::Align;
  TextTable table({{"series"}, {"from"}, {"to"}, {"candles", kRight}, {"origin"}});
  for (const PartialCandles& p : report.partial) {
    table.AddRow({ToString(p.series), ShortTime(p.from.us), ShortTime(p.to.us),
                  GroupDigits(p.candles), p.origin});
  }
  return report.partial.empty() ? "every candle is whole\n"
                                : "Candles over a hole:\n" + table.ToString(2);
}

std::string GapsText(const GapReport& report, bool all) {
  std::string text;
  for (const SeriesGaps& series : report.series) {
    if (!text.empty()) text += "\n";
    if (series.series.interval.empty()) {
      text += fmt::format("{} {} trades: {} open gap{}, {} missing by their ids\n\n",
                          series.series.venue, series.series.symbol, GroupDigits(series.gaps),
                          series.gaps == 1 ? "" : "s", GroupDigits(series.missing));
      text +=
          RowsText(all ? RowsOf(report, series.series) : Longest(RowsOf(report, series.series)));
      continue;
    }
    text += fmt::format("{} {} {}: {} gaps, {} rows missing, {} suspected outage{}\n\n",
                        series.series.venue, series.series.symbol, series.series.interval,
                        GroupDigits(series.gaps), GroupDigits(series.missing),
                        GroupDigits(series.suspected_outages),
                        series.suspected_outages == 1 ? "" : "s");
    const auto rows = RowsOf(report, series.series);
    if (all) {
      text += RowsText(rows);
      continue;
    }
    text += ClassesText(series) +
            fmt::format("\n  The {} longest:\n", std::min(kLongestShown, rows.size())) +
            RowsText(Longest(rows)) + "\n  Coverage, % of candles there:\n" + CoverageText(series);
  }
  if (text.empty()) text = "no candles of a vendor, and no open gap in trades\n";
  return text + UntilText("Trades are known", report.trades_until) +
         ChecksText(report.checked_until) +
         UntilText("Candles of feeds have come", report.candles_until);
}

Result<Outcome> Gaps(Cli& cli, const GapOptions& options) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  GapQuery query{.selection = {}, .reason = options.reason, .partial = options.partial};
  TM_ASSIGN(query.selection, cli.ReadSelection());
  if (!options.min.empty()) {
    const auto least = ParseDuration(options.min);
    if (!least) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--min '{}' is not a duration; write for example 1h", options.min));
    }
    query.min_micros = *least;
  }
  TM_ASSIGN(const PinnedLake lake, PinLake(config, query.selection.as_of));
  TM_ASSIGN(const GapReport report, ReadGaps(lake, query));
  if (cli.json()) {
    cli.PrintJson(GapsJson(report, options.all));
  } else {
    cli.Print(options.partial ? PartialText(report) : GapsText(report, options.all));
  }
  int64_t outages = 0, open = 0;
  for (const SeriesGaps& series : report.series) {
    outages += series.suspected_outages;
    if (series.series.interval.empty()) open += series.gaps;
  }
  const bool whole = outages + open + static_cast<int64_t>(report.partial.size()) == 0;
  const EventTime end = query.selection.times.end;
  const bool known = end == kMaxTime || end <= report.feeds_until;
  if (!options.fail || (whole && known)) return Outcome::kDone;
  const std::string unknown =
      known ? "" : "; what feeds told is not known, or not checked, up to --until";
  cli.Note(fmt::format("{} suspected outage{}, {} open gap{} in trades{}", outages,
                       outages == 1 ? "" : "s", open, open == 1 ? "" : "s", unknown));
  return Outcome::kCheckFailed;
}

}  // namespace

void AddGapsVerb(Cli& cli) {
  auto [app, options] = cli.AddVerb(
      {.name = "gaps",
       .summary = "holes in the rows: by length, the longest, coverage by month",
       .description =
           "Nothing is ever filled in, so every missing candle is known. A gap is a suspected "
           "outage when it lasts an hour or more and 50 times the usual pause of its time; for all "
           "others a file does not say why nothing was traded. Of trades of a feed the gaps are "
           "listed that are open: ids that were passed over, or a time without a connection; "
           "candles over one are not complete. Last it says up to when trades are known and, "
           "where ids do not tell what was left out, up to when that has been checked.",
       .examples = {"tidemark gaps --lake lake --symbol LTC-USD",
                    "tidemark gaps --lake lake --all --min 6h --reason suspected_outage",
                    "tidemark gaps --lake lake --since 2019-01-01 --fail",
                    "tidemark gaps --lake lake --until 2024-02-01 --fail",
                    "tidemark gaps --lake lake --partial"},
       .kind = VerbKind::kReading},
      Gaps);
  app.AddFlag("--all", options.all, "List every gap instead of the summary");
  app.Add("--min", options.min, "Only gaps at least this long: 30m, 1h, 2d").TypeName("LENGTH");
  app.AddFlag("--partial", options.partial,
              "List the candles over a suspected outage or an open gap instead, with their origin");
  app.Add(
         "--reason", options.reason,
         "Only gaps of this reason: unknown, suspected_outage; of trades ids, disconnect, silence, "
         "loss, cross_check, history")
      .TypeName("REASON");
  app.AddFlag(
      "--fail", options.fail,
      "Exit 1 when there is a suspected outage or an open gap in trades among them, or what "
      "feeds told is not known and checked up to --until");
}

}  // namespace tidemark
