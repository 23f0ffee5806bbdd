#include "tidemark/cli/run_text.h"

#include <fmt/format.h>

#include "tidemark/cli/text_table.h"

namespace tidemark {
namespace {

std::string RunText(const RunReport& report, const std::string& lake, bool dry_run) {
  std::string text;
  if (!report.recovered.empty()) text += fmt::format("recovered: {}\n", report.recovered);
  if (!report.sources.empty()) text += SourceTable(report.sources) + "\n";
  for (const SourceCount& s : report.sources) text += AmbiguousText(s.source, s);
  for (const std::string& note : report.notes) text += fmt::format("note: {}\n", note);
  if (report.models_fitted + report.models_reused > 0) {
    text += fmt::format("models: {} refit{}, {} unchanged and reused\n", report.models_fitted,
                        report.models_fitted == 1 ? "" : "s", report.models_reused);
  }
  if (dry_run) {
    text += fmt::format("dry run: {} stays at epoch {} ({:.2f} s)\n", lake, report.epoch,
                        report.seconds);
  } else if (report.changed) {
    text += fmt::format("{} is at epoch {} ({:.2f} s)\n", lake, report.epoch, report.seconds);
  } else {
    text += fmt::format("nothing to do: {} is current at epoch {} ({:.2f} s)\n", lake, report.epoch,
                        report.seconds);
  }
  return text;
}

JsonValue RunJson(const RunReport& report, const std::string& lake, bool dry_run) {
  JsonValue::Array notes(report.notes.begin(), report.notes.end());
  return JsonValue::Object{{"lake", lake},
                           {"epoch", report.epoch},
                           {"changed", report.changed},
                           {"dry_run", dry_run},
                           {"models_fitted", report.models_fitted},
                           {"models_reused", report.models_reused},
                           {"seconds", report.seconds},
                           {"recovered", report.recovered},
                           {"notes", JsonValue(std::move(notes))},
                           {"sources", JsonValue(SourcesJson(report.sources))}};
}

}  // namespace

std::string SourceTable(const std::vector<SourceCount>& sources) {
  using enum TextTable::Align;
  TextTable table({{"source"},
                   {"bytes", kRight},
                   {"rows read", kRight},
                   {"new", kRight},
                   {"revised", kRight},
                   {"duplicate", kRight},
                   {"rejected", kRight},
                   {"placeholder", kRight}});
  RowCounts sum;
  int64_t bytes = 0, counted = 0;
  const auto add = [&](const std::string& source, int64_t size, const RowCounts& counts) {
    std::vector<std::string> cells = {source, ByteCount(size)};
    AppendCounts(counts, &cells);
    table.AddRow(std::move(cells));
  };
  for (const SourceCount& s : sources) {
    if (s.unchanged) {
      table.AddRow({s.source + " (unchanged)", "", "", "", "", "", "", ""});
      continue;
    }
    add(s.source, s.bytes, s);
    ++counted;
    bytes += s.bytes;
    sum += s;
  }
  if (counted > 1) add("all", bytes, sum);
  return table.ToString();
}

JsonValue::Array SourcesJson(const std::vector<SourceCount>& counts) {
  JsonValue::Array sources;
  for (const SourceCount& s : counts) {
    JsonValue::Object source = {
        {"source", s.source}, {"unchanged", s.unchanged}, {"layout", s.layout}, {"bytes", s.bytes}};
    AppendCounts(s, &source);
    sources.push_back(std::move(source));
  }
  return sources;
}

void AppendCounts(const RowCounts& counts, std::vector<std::string>* cells) {
  for (const int64_t count : {counts.read, counts.new_rows, counts.revised, counts.duplicate,
                              counts.rejected, counts.placeholder}) {
    cells->push_back(GroupDigits(count));
  }
}

void AppendCounts(const RowCounts& counts, JsonValue::Object* members) {
  members->insert(members->end(), {{"read", counts.read},
                                   {"new", counts.new_rows},
                                   {"revised", counts.revised},
                                   {"duplicate", counts.duplicate},
                                   {"rejected", counts.rejected},
                                   {"placeholder", counts.placeholder},
                                   {"ambiguous", counts.ambiguous}});
}

std::string AmbiguousText(const std::string& source, const RowCounts& counts) {
  if (counts.ambiguous == 0) return "";
  return fmt::format(
      "{}: {} of its duplicates could be trades of their own: they have no ids, stand at its edge "
      "and are held from another source; the table ambiguous_trades lists them\n",
      source, GroupDigits(counts.ambiguous));
}

void PrintRun(const Cli& cli, const RunReport& report, const std::string& lake, bool dry_run) {
  if (cli.json()) {
    cli.PrintJson(RunJson(report, lake, dry_run));
  } else {
    cli.Print(RunText(report, lake, dry_run));
  }
}

}  // namespace tidemark
