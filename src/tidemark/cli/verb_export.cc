// tidemark export: tables as CSV, Parquet or Feather files.

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/output_place.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/export.h"

namespace tidemark {
namespace {

struct ExportFlags {
  std::string format = "csv";
  std::string table = "candles";
  std::string folder = "export";
};

Result<Outcome> Export(Cli& cli, const ExportFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  TM_ASSIGN(const OutputPlace place, OutputPlace::Of(flags.folder));
  ExportOptions options{
      .table = flags.table, .folder = place.path(), .selection = {}, .progress = &cli.progress()};
  TM_ASSIGN(options.format, ParseExportFormat(flags.format));
  TM_ASSIGN(options.selection, cli.ReadSelection());
  TM_ASSIGN(const PinnedLake lake, PinLake(config, options.selection.as_of));
  TM_ASSIGN(std::vector<ExportedFile> files, ExportTables(lake.view, options));
  for (ExportedFile& file : files) {
    TM_ASSIGN(file.path, place.Publish(config, file.path));
  }
  cli.progress().End();
  if (cli.json()) {
    JsonValue::Array list;
    for (const ExportedFile& file : files) {
      list.push_back(JsonValue::Object{{"path", file.path},
                                       {"venue", file.series.venue},
                                       {"symbol", file.series.symbol},
                                       {"interval", file.series.interval},
                                       {"rows", file.rows},
                                       {"bytes", file.bytes}});
    }
    cli.PrintJson(JsonValue(std::move(list)));
    return Outcome::kDone;
  }
  using enum TextTable::Align;
  TextTable table({{"file"}, {"rows", kRight}, {"size", kRight}});
  for (const ExportedFile& file : files) {
    table.AddRow({file.path, GroupDigits(file.rows), ByteCount(file.bytes)});
  }
  cli.Print(table.ToString());
  return Outcome::kDone;
}

}  // namespace

void AddExportVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "export",
       .summary = "write tables as CSV, Parquet, or Feather in freqtrade's layout",
       .description = "One file per series. Feather files are named and laid out as freqtrade "
                      "keeps its candles "
                      "(LTC_USD-1h.feather: date, open, high, low, close, volume), so a folder of "
                      "them is a data "
                      "folder of freqtrade.",
       .examples =
           {"tidemark export --lake lake --format feather --interval 1h -o user_data/data/bitfinex",
            "tidemark export --lake lake --table features --format parquet --symbol LTC-USD "
            "--since 2019-01-01"},
       .kind = VerbKind::kReading},
      Export);
  app.Add("--format", flags.format, "csv, parquet or feather").TypeName("FORMAT").ShowDefault();
  app.Add("--table", flags.table, "candles, trades, bars, features, … any table with series")
      .TypeName("TABLE")
      .ShowDefault();
  app.Add("-o,--output", flags.folder, "The folder, or s3://bucket/prefix, to write to")
      .TypeName("DIR")
      .ShowDefault();
}

}  // namespace tidemark
