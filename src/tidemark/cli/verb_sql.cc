// tidemark sql: DuckDB SQL over one epoch of the lake.

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "tidemark/base/file.h"
#include "tidemark/cli/cli.h"
#include "tidemark/cli/output_place.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/open_candles.h"
#include "tidemark/query/lake_sql.h"
#include "tidemark/query/sql_format.h"

namespace tidemark {
namespace {

struct SqlFlags {
  std::string query;
  std::string format;
  std::string output;
};

std::string StandardInput() {
  std::string text;
  char buffer[1 << 16];
  for (size_t n; (n = std::fread(buffer, 1, sizeof(buffer), stdin)) > 0;) text.append(buffer, n);
  return text;
}

// The format asked for, else what the output file's name says, else JSON with --json, else a table.
std::string FormatOf(const SqlFlags& flags, bool json) {
  if (!flags.format.empty()) return flags.format;
  for (const char* format : {"parquet", "csv", "json"}) {
    if (flags.output.ends_with(fmt::format(".{}", format))) return format;
  }
  return json ? "json" : "table";
}

Result<int64_t> WriteText(SqlResult& result, SqlFormat format, const std::string& path) {
  const std::string partial = path + ".partial";
  TM_TRY(RemoveFile(partial));
  TM_ASSIGN(AppendFile file, AppendFile::Open(partial));
  TM_ASSIGN(const int64_t rows, WriteSqlResult(result, format, [&](std::string_view text) {
              return file.Append(text);
            }));
  TM_TRY(file.Sync());
  TM_TRY(RenameFile(partial, path));
  return rows;
}

Result<Outcome> RunSql(Cli& cli, const SqlFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  TM_ASSIGN(const Selection selection, cli.ReadSelection());
  const std::string query = flags.query == "-" ? StandardInput() : flags.query;
  const std::string format = FormatOf(flags, cli.json());
  if (format == "parquet" && flags.output.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--format parquet needs a file: -o answer.parquet");
  }
  TM_ASSIGN(const PinnedLake lake, PinLake(config, selection.as_of));
  SqlOptions options{.threads = config.threads, .memory_limit = {}, .parquet_path = {}};
  TM_ASSIGN(const OutputPlace place, OutputPlace::Of(flags.output));
  if (format == "parquet") options.parquet_path = place.path();
  SqlTable open = {OpenCandlesTable().name, OpenCandlesTable().schema, {}, {}, {}, {}};
  open.rows = [&]() -> Result<Batch> {
    TM_ASSIGN(const Config effective, EffectiveConfig(config, lake.view));
    return OpenCandles(effective, lake.view);
  };
  TM_ASSIGN(const auto session, OpenLakeSql(lake.view, options, {std::move(open)}));
  if (format == "parquet") {
    TM_ASSIGN(const int64_t rows, session->WriteParquet(query));
    TM_ASSIGN(const std::string written, place.Publish(config, place.path()));
    cli.Note(fmt::format("{} rows in {}", rows, written));
    return Outcome::kDone;
  }
  TM_ASSIGN(const SqlFormat text_format, ParseSqlFormat(format));
  TM_ASSIGN(SqlResult result, session->Run(query));
  if (!flags.output.empty()) {
    TM_ASSIGN(const int64_t rows, WriteText(result, text_format, place.path()));
    TM_ASSIGN(const std::string written, place.Publish(config, place.path()));
    cli.Note(fmt::format("{} rows in {}", rows, written));
    return Outcome::kDone;
  }
  const auto written = WriteSqlResult(result, text_format, [&](std::string_view text) {
    cli.Print(text);
    return Status();
  });
  if (!written) return Fail(written.error());
  return Outcome::kDone;
}

}  // namespace

void AddSqlVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "sql",
       .summary = "DuckDB SQL over the lake",
       .description =
           "Every table is a view (SHOW TABLES lists them), all of the same epoch. `open_candles` "
           "has the candles that are not closed yet, computed for the query. Queries only: "
           "nothing can be written or loaded from within. Times are UTC. ASOF joins, windows and "
           "everything else DuckDB knows work.",
       .examples =
           {"tidemark sql --lake lake \"SELECT symbol, count(*) AS days, min(low) AS low, "
            "max(high) AS high FROM candles WHERE interval = '1d' GROUP BY symbol\"",
            "tidemark sql --lake lake \"SELECT * FROM gaps WHERE suspected_outage\" -o outages.csv",
            "tidemark sql --lake lake \"SELECT f.time, f.prediction, o.actual FROM forecasts f "
            "JOIN "
            "outcomes o USING (venue, symbol, interval, time, horizon, model) WHERE model = "
            "'linear'\" "
            "-o linear.parquet"},
       .kind = VerbKind::kPinned},
      RunSql);
  app.Add("QUERY", flags.query, "The query; - reads it from standard input").Required();
  app.Add("--format", flags.format, "table, csv, json or parquet (default: by -o's name)")
      .TypeName("FORMAT")
      .OneOf({"table", "csv", "json", "parquet"});
  app.Add("-o,--output", flags.output, "Write the answer to this file, or s3:// address")
      .TypeName("FILE");
}

}  // namespace tidemark
