#include "tidemark/cli/run_text.h"

#include <fmt/format.h>

#include "tidemark/cli/text_table.h"

namespace tidemark {
namespace {

std::string SourceTable(const RunReport& report) {
  using enum TextTable::Align;
  TextTable table({{"source"},
                   {"bytes", kRight},
                   {"rows read", kRight},
                   {"new", kRight},
                   {"revised", kRight},
                   {"duplicate", kRight},
                   {"rejected", kRight},
                   {"placeholder", kRight}});
  SourceCount sum{.source = "all", .layout = {}};
  int64_t counted = 0;
  for (const SourceCount& s : report.sources) {
    if (s.unchanged) {
      table.AddRow({s.source + " (unchanged)", "", "", "", "", "", "", ""});
      continue;
    }
    table.AddRow({s.source, ByteCount(s.bytes), GroupDigits(s.read), GroupDigits(s.new_rows),
                  GroupDigits(s.revised), GroupDigits(s.duplicate), GroupDigits(s.rejected),
                  GroupDigits(s.placeholder)});
    ++counted;
    sum.bytes += s.bytes;
    sum.read += s.read;
    sum.new_rows += s.new_rows;
    sum.revised += s.revised;
    sum.duplicate += s.duplicate;
    sum.rejected += s.rejected;
    sum.placeholder += s.placeholder;
  }
  if (counted > 1) {
    table.AddRow({sum.source, ByteCount(sum.bytes), GroupDigits(sum.read),
                  GroupDigits(sum.new_rows), GroupDigits(sum.revised), GroupDigits(sum.duplicate),
                  GroupDigits(sum.rejected), GroupDigits(sum.placeholder)});
  }
  return table.ToString();
}

}  // namespace

std::string RunText(const RunReport& report, const std::string& lake, bool dry_run) {
  std::string text;
  if (!report.recovered.empty()) text += fmt::format("recovered: {}\n", report.recovered);
  if (!report.sources.empty()) text += SourceTable(report) + "\n";
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
  JsonValue::Array sources;
  for (const SourceCount& s : report.sources) {
    sources.push_back(JsonValue::Object{{"source", s.source},
                                        {"unchanged", s.unchanged},
                                        {"layout", s.layout},
                                        {"bytes", s.bytes},
                                        {"read", s.read},
                                        {"new", s.new_rows},
                                        {"revised", s.revised},
                                        {"duplicate", s.duplicate},
                                        {"rejected", s.rejected},
                                        {"placeholder", s.placeholder}});
  }
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
                           {"sources", JsonValue(std::move(sources))}};
}

}  // namespace tidemark
