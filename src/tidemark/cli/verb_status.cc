// tidemark status: tables, series, sources, the last epoch, suspect rows.

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/run_text.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/status.h"
#include "tidemark/pipeline/status_drift.h"
#include "tidemark/pipeline/status_vendor.h"

namespace tidemark {
namespace {

constexpr size_t kSpikesShown = 5;

struct StatusOptions {
  bool suspects = false;
  bool quick = false;
};

std::string_view NameOf(TableKind kind) {
  switch (kind) {
    case TableKind::kBase:
      return "base";
    case TableKind::kDerived:
      return "derived";
    case TableKind::kAppendOnly:
      return "append-only";
  }
  return "";
}

std::string TablesText(const LakeStatus& status) {
  using enum TextTable::Align;
  TextTable table({{"table"}, {"kind"}, {"rows", kRight}, {"files", kRight}, {"size", kRight}});
  for (const TableStatus& t : status.tables) {
    table.AddRow({t.name, std::string(NameOf(t.kind)), GroupDigits(t.rows), GroupDigits(t.files),
                  ByteCount(t.bytes)});
  }
  return table.ToString();
}

std::string SeriesText(const LakeStatus& status, bool spikes) {
  using enum TextTable::Align;
  TextTable table({{"series"},
                   {"rows", kRight},
                   {"first"},
                   {"last"},
                   {"watermark"},
                   {"gaps", kRight},
                   {"outages", kRight},
                   {"suspects", kRight}});
  for (const SeriesStatus& s : status.series) {
    table.AddRow({fmt::format("{} {} {}", s.series.venue, s.series.symbol, s.series.interval),
                  GroupDigits(s.rows), ShortTime(s.first_open.us), ShortTime(s.last_open.us),
                  ShortTime(s.watermark.us), GroupDigits(s.gaps), GroupDigits(s.suspected_outages),
                  spikes ? GroupDigits(static_cast<int64_t>(s.spikes.size())) : ""});
  }
  return table.ToString();
}

std::string TradesText(const LakeStatus& status) {
  using enum TextTable::Align;
  if (status.trades.empty()) return "";
  TextTable table(
      {{"trades"}, {"rows", kRight}, {"first"}, {"last"}, {"watermark"}, {"open gaps", kRight}});
  for (const TradesStatus& t : status.trades) {
    table.AddRow({fmt::format("{} {}", t.series.venue, t.series.symbol), GroupDigits(t.rows),
                  ShortTime(t.first_open.us), ShortTime(t.last_open.us), ShortTime(t.watermark.us),
                  GroupDigits(t.gaps)});
  }
  return table.ToString() + "\n";
}

std::string SourcesText(const LakeStatus& status) {
  using enum TextTable::Align;
  TextTable table({{"source"},
                   {"read", kRight},
                   {"new", kRight},
                   {"revised", kRight},
                   {"duplicate", kRight},
                   {"rejected", kRight},
                   {"placeholder", kRight},
                   {"epoch", kRight},
                   {"adds up"}});
  for (const SourceStatus& s : status.sources) {
    std::vector<std::string> cells = {s.source};
    AppendCounts(s, &cells);
    cells.insert(cells.end(), {GroupDigits(s.last_epoch), s.adds_up() ? "yes" : "NO"});
    table.AddRow(std::move(cells));
  }
  return table.ToString();
}

std::string SpikesText(const LakeStatus& status, bool all) {
  std::string text;
  for (const SeriesStatus& s : status.series) {
    if (s.spikes.empty()) continue;
    const size_t shown = all ? s.spikes.size() : std::min(kSpikesShown, s.spikes.size());
    text += fmt::format("{} {}: price left by more than 5 % and came back at once at",
                        s.series.symbol, s.series.interval);
    for (size_t i = s.spikes.size() - shown; i < s.spikes.size(); ++i) {
      text += (all ? "\n  " : " ") + ShortTime(s.spikes[i].us) +
              (i + 1 < s.spikes.size() && !all ? "," : "");
    }
    if (shown < s.spikes.size()) {
      text += fmt::format(" and {} times before (--suspects lists all)", s.spikes.size() - shown);
    }
    text += "\n";
  }
  return text.empty() ? "" : "Suspect rows, kept as they are:\n" + text;
}

std::string DriftText(const std::vector<DriftStatus>& alarms) {
  std::string text;
  for (const DriftStatus& d : alarms) {
    text += fmt::format(
        "{} {}, {} rows: {} is worse since {} ({} forecasts): relative MAE {}, before {}\n",
        d.series.symbol, d.series.interval, d.series.horizon, d.model, ShortTime(d.alarm.since.us),
        d.basis, FixedNumber(d.alarm.relative_mae_after, 4),
        FixedNumber(d.alarm.relative_mae_before, 4));
  }
  return text.empty() ? "" : "Models that have become worse:\n" + text;
}

JsonValue DriftJson(const std::vector<DriftStatus>& alarms) {
  JsonValue::Array rows;
  for (const DriftStatus& d : alarms) {
    rows.push_back(JsonValue::Object{{"venue", d.series.venue},
                                     {"symbol", d.series.symbol},
                                     {"interval", d.series.interval},
                                     {"horizon", d.series.horizon},
                                     {"model", d.model},
                                     {"basis", d.basis},
                                     {"since", FormatTime(d.alarm.since)},
                                     {"raised", FormatTime(d.alarm.raised)},
                                     {"rows", d.alarm.rows},
                                     {"excess_before", d.alarm.before},
                                     {"excess_after", d.alarm.after},
                                     {"relative_mae_before", d.alarm.relative_mae_before},
                                     {"relative_mae_after", d.alarm.relative_mae_after}});
  }
  return JsonValue(std::move(rows));
}

std::string VendorText(const std::vector<VendorDifference>& differences) {
  using enum TextTable::Align;
  if (differences.empty()) return "";
  TextTable table({{"vendor's beside ours"},
                   {"from"},
                   {"candles", kRight},
                   {"close differs", kRight},
                   {"median", kRight},
                   {"max", kRight},
                   {"volume differs", kRight},
                   {"median", kRight},
                   {"max", kRight}});
  const auto percent = [](double share) { return FixedNumber(100 * share, 4) + " %"; };
  for (const VendorDifference& d : differences) {
    table.AddRow({fmt::format("{} {} {}", d.series.venue, d.series.symbol, d.series.interval),
                  ShortTime(FloorToDay(d.times.start).us), GroupDigits(d.close.compared),
                  GroupDigits(d.close.differ), percent(d.close.median), percent(d.close.max),
                  GroupDigits(d.volume.differ), percent(d.volume.median), percent(d.volume.max)});
  }
  return table.ToString();
}

JsonValue VendorJson(const std::vector<VendorDifference>& differences) {
  const auto relative = [](const RelativeDifference& d) {
    return JsonValue(JsonValue::Object{
        {"compared", d.compared}, {"differ", d.differ}, {"median", d.median}, {"max", d.max}});
  };
  JsonValue::Array rows;
  for (const VendorDifference& d : differences) {
    rows.push_back(JsonValue::Object{{"venue", d.series.venue},
                                     {"symbol", d.series.symbol},
                                     {"interval", d.series.interval},
                                     {"from", FormatTime(d.times.start)},
                                     {"to", FormatTime(d.times.end)},
                                     {"close", relative(d.close)},
                                     {"volume", relative(d.volume)}});
  }
  return JsonValue(std::move(rows));
}

JsonValue LiveJson(const std::optional<LiveNote>& live) {
  if (!live) return {};
  JsonValue::Array problems;
  for (const LiveProblem& problem : live->problems) {
    problems.push_back(JsonValue::Object{{"code", problem.code}, {"message", problem.message}});
  }
  return JsonValue::Object{{"process", live->process},
                           {"started", FormatTime({live->started.us})},
                           {"problems", JsonValue(std::move(problems))}};
}

std::string LiveText(const std::optional<LiveNote>& live) {
  if (!live) return "";
  std::string text = fmt::format("live, process {}, since {} UTC", live->process,
                                 ShortTime(live->started.us / kMicrosPerSecond * kMicrosPerSecond));
  if (live->problems.empty()) return text + ": all is well\n\n";
  text += ": IN TROUBLE\n";
  for (const LiveProblem& problem : live->problems) text += fmt::format("  {}\n", problem.message);
  return text + "\n";
}

// `drift` and `vendor`: null when nobody looked.
JsonValue StatusJson(const LakeStatus& status, bool spikes, JsonValue drift, JsonValue vendor) {
  JsonValue::Array tables, series, trades, sources;
  for (const TableStatus& t : status.tables) {
    tables.push_back(JsonValue::Object{{"name", t.name},
                                       {"kind", NameOf(t.kind)},
                                       {"rows", t.rows},
                                       {"files", t.files},
                                       {"bytes", t.bytes}});
  }
  for (const SeriesStatus& s : status.series) {
    JsonValue::Array times;
    for (const EventTime t : s.spikes) times.push_back(FormatTime(t));
    series.push_back(JsonValue::Object{
        {"venue", s.series.venue},
        {"symbol", s.series.symbol},
        {"interval", s.series.interval},
        {"rows", s.rows},
        {"first_open", FormatTime(s.first_open)},
        {"last_open", FormatTime(s.last_open)},
        {"watermark", s.watermark == kMinTime ? JsonValue() : JsonValue(FormatTime(s.watermark))},
        {"gaps", s.gaps},
        {"suspected_outages", s.suspected_outages},
        {"suspects", spikes ? JsonValue(std::move(times)) : JsonValue()}});
  }
  for (const TradesStatus& t : status.trades) {
    trades.push_back(JsonValue::Object{{"venue", t.series.venue},
                                       {"symbol", t.series.symbol},
                                       {"rows", t.rows},
                                       {"first", FormatTime(t.first_open)},
                                       {"last", FormatTime(t.last_open)},
                                       {"watermark", FormatTime(t.watermark)},
                                       {"gaps_open", t.gaps}});
  }
  for (const SourceStatus& s : status.sources) {
    JsonValue::Object source = {{"source", s.source}};
    AppendCounts(s, &source);
    source.insert(source.end(), {{"bytes", s.bytes},
                                 {"epoch", s.last_epoch},
                                 {"received_at", FormatTime({s.last_received.us})},
                                 {"adds_up", s.adds_up()}});
    sources.push_back(std::move(source));
  }
  return JsonValue::Object{
      {"lake", status.uri},
      {"epoch", status.epoch},
      {"committed_at",
       status.committed_at.us == 0 ? JsonValue() : JsonValue(FormatTime({status.committed_at.us}))},
      {"tables", JsonValue(std::move(tables))},
      {"series", JsonValue(std::move(series))},
      {"trades", JsonValue(std::move(trades))},
      {"sources", JsonValue(std::move(sources))},
      {"drift", std::move(drift)},
      {"vendor_differences", std::move(vendor)},
      {"live", LiveJson(status.live)}};
}

Result<Outcome> ShowStatus(Cli& cli, const StatusOptions& options) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  TM_ASSIGN(const Selection selection, cli.ReadSelection());
  TM_ASSIGN(const PinnedLake lake, PinLake(config, selection.as_of));
  TM_ASSIGN(const LakeStatus status, ReadStatus(lake, selection, !options.quick));
  std::vector<DriftStatus> drift;
  std::vector<VendorDifference> vendor;
  if (!options.quick) {
    TM_ASSIGN(drift, ReadDrift(config, lake.view, selection));
    TM_ASSIGN(vendor, ReadVendorDifferences(lake.view, status, selection));
  }
  if (cli.json()) {
    cli.PrintJson(StatusJson(status, !options.quick, options.quick ? JsonValue() : DriftJson(drift),
                             options.quick ? JsonValue() : VendorJson(vendor)));
    return Outcome::kDone;
  }
  std::string text = fmt::format("{}, epoch {}", status.uri, status.epoch);
  if (status.committed_at.us != 0)
    text += fmt::format(" of {} UTC",
                        ShortTime(status.committed_at.us / kMicrosPerSecond * kMicrosPerSecond));
  text += "\n\n" + LiveText(status.live) + TablesText(status) + "\n";
  if (!status.series.empty()) text += SeriesText(status, !options.quick) + "\n";
  text += TradesText(status) + SourcesText(status);
  for (const SourceStatus& s : status.sources) text += AmbiguousText(s.source, s);
  if (const std::string beside = VendorText(vendor); !beside.empty()) text += "\n" + beside;
  if (const std::string spikes = SpikesText(status, options.suspects); !spikes.empty())
    text += "\n" + spikes;
  if (const std::string worse = DriftText(drift); !worse.empty()) text += "\n" + worse;
  cli.Print(text);
  return Outcome::kDone;
}

}  // namespace

void AddStatusVerb(Cli& cli) {
  auto [app, options] = cli.AddVerb(
      {.name = "status",
       .summary = "tables, rows, watermarks, ledger, last epoch, suspect rows, drift",
       .description = "What the lake holds: its tables, its series and how far each reaches, its "
                      "sources and whether their counts add up, rows a person should look at, and "
                      "models whose forecasts have become worse, and how far the vendor's "
                      "candles of the last 30 days are from those made from trades.",
       .examples = {"tidemark status --lake lake",
                    "tidemark status --lake lake --symbol LTC-USD --json"},
       .kind = VerbKind::kReading},
      ShowStatus);
  app.AddFlag("--suspects", options.suspects, "List all suspect rows");
  app.AddFlag("--quick", options.quick,
              "Do not look for suspect rows, for drift, and at the vendor's candles");
}

}  // namespace tidemark
