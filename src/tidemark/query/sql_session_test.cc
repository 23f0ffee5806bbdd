#include "tidemark/query/sql_session.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tidemark/base/file.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/tables.h"
#include "tidemark/query/sql_format.h"

namespace tidemark {
namespace {

Schema PriceSchema() {
  return {{{"venue", ColumnType::kString, false},
           {"interval", ColumnType::kString, false},
           {"symbol", ColumnType::kString, false},
           {"open_time", ColumnType::kTime, false},
           {"close", ColumnType::kDouble, true},
           {"rows", ColumnType::kInt, true}}};
}

// Writes Parquet with a session of its own; the files of a table as the lake lays them out.
class SqlSessionTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = *MakeTemporaryDirectory("tidemark-sql"); }
  void TearDown() override { EXPECT_TRUE(RemoveTree(folder_)); }

  std::string Write(const std::string& relative, const std::string& select) {
    const std::string path = folder_ + "/" + relative;
    EXPECT_TRUE(MakeDirectories(path.substr(0, path.rfind('/'))));
    SqlOptions options;
    options.parquet_path = path;
    auto session = SqlSession::Open({}, options);
    EXPECT_TRUE(session) << session.error().message();
    const auto rows = (*session)->WriteParquet(select);
    EXPECT_TRUE(rows) << rows.error().message();
    return path;
  }

  SqlTable Prices() {
    SqlTable table{"prices", PriceSchema(), {}, {"venue", "interval"}, {}};
    table.files.push_back(
        Write("prices/venue=bitfinex/interval=1m/a.parquet",
              "SELECT 'LTC-USD' AS symbol, TIMESTAMPTZ '2019-01-01 00:00:00+00' + "
              "INTERVAL 1 MINUTE * i AS open_time, CASE WHEN i % 10 = 3 THEN NULL ELSE 30 + i / "
              "8.0::DOUBLE END AS close, i::BIGINT AS rows FROM range(100) t(i)"));
    table.files.push_back(
        Write("prices/venue=kraken%20pro/interval=1h/b.parquet",
              "SELECT 'ETH-USD' AS symbol, TIMESTAMPTZ '2019-01-01 00:00:00+00' AS open_time, "
              "0.1::DOUBLE AS close, 7::BIGINT AS rows"));
    return table;
  }

  std::unique_ptr<SqlSession> Open(std::vector<SqlTable> tables, const SqlOptions& options = {}) {
    auto session = SqlSession::Open(std::move(tables), options);
    EXPECT_TRUE(session) << session.error().message();
    return std::move(*session);
  }

  std::string Text(SqlSession& session, std::string_view sql, SqlFormat format) {
    auto result = session.Run(sql);
    if (!result) return "error: " + result.error().message();
    std::string text;
    const auto rows = WriteSqlResult(*result, format, [&](std::string_view piece) -> Status {
      text += piece;
      return {};
    });
    return rows ? text : "error: " + rows.error().message();
  }

  std::string folder_;
};

TEST_F(SqlSessionTest, ViewsReadAllFilesAndThePartitionColumnsOfTheirPaths) {
  auto session = Open({Prices()});
  const auto batch = session->Fetch(
      "SELECT venue, interval, symbol, count(*) AS n, count(close) AS known, sum(rows) AS total "
      "FROM prices GROUP BY ALL ORDER BY venue");
  ASSERT_TRUE(batch) << batch.error().message();
  ASSERT_EQ(batch->rows, 2u);
  EXPECT_EQ((*batch)["venue"].strings.At(0), "bitfinex");
  EXPECT_EQ((*batch)["venue"].strings.At(1), "kraken pro");
  EXPECT_EQ((*batch)["interval"].strings.At(1), "1h");
  EXPECT_EQ((*batch)["n"].ints[0], 100);
  EXPECT_EQ((*batch)["known"].ints[0], 90);
  EXPECT_EQ((*batch)["total"].doubles[0], 4950);
}

TEST_F(SqlSessionTest, TimesAreUtcMicrosecondsAndNullsStayNull) {
  auto session = Open({Prices()});
  const auto batch = session->Fetch(
      "SELECT open_time, close, date_trunc('hour', open_time) AS hour FROM prices "
      "WHERE open_time >= '2019-01-01 01:00:00' ORDER BY open_time LIMIT 5");
  ASSERT_TRUE(batch) << batch.error().message();
  ASSERT_EQ(batch->rows, 5u);
  EXPECT_EQ((*batch)["open_time"].ints[0], ParseTime("2019-01-01T01:00:00Z")->us);
  EXPECT_EQ((*batch)["hour"].ints[4], ParseTime("2019-01-01T01:00:00Z")->us);
  EXPECT_EQ((*batch)["close"].doubles[0], 37.5);
  EXPECT_TRUE(std::isnan((*batch)["close"].doubles[3]));
}

TEST_F(SqlSessionTest, TablesWithoutFilesAreEmptyAndTyped) {
  std::vector<SqlTable> tables;
  for (const TableSpec& spec : AllTables({"log_return_1"})) {
    tables.push_back({spec.name, spec.schema, {}, spec.partition_by, {}});
  }
  auto session = Open(tables);
  for (const TableSpec& spec : AllTables({"log_return_1"})) {
    const auto batch = session->Fetch("SELECT * FROM \"" + spec.name + "\"");
    ASSERT_TRUE(batch) << batch.error().message();
    EXPECT_EQ(batch->rows, 0u);
    ASSERT_EQ(batch->columns.size(), spec.schema.fields.size());
    for (size_t i = 0; i < batch->columns.size(); ++i) {
      EXPECT_EQ(batch->schema.fields[i].name, spec.schema.fields[i].name);
      EXPECT_EQ(batch->schema.fields[i].type, spec.schema.fields[i].type);
    }
  }
}

TEST_F(SqlSessionTest, AColumnYoungerThanEveryFileIsNull) {
  SqlTable table = Prices();
  table.schema.fields.push_back({"volume", ColumnType::kDouble, true});
  auto session = Open({table});
  EXPECT_EQ(Text(*session, "SELECT count(*) AS n, count(volume) AS v FROM prices WHERE rows < 50",
                 SqlFormat::kCsv),
            "n,v\r\n51,0\r\n");
}

TEST_F(SqlSessionTest, AColumnMissingFromSomeFilesIsNullThere) {
  SqlTable table = Prices();
  table.schema.fields.push_back({"volume", ColumnType::kDouble, true});
  table.files.push_back(
      Write("prices/venue=bitfinex/interval=1d/c.parquet",
            "SELECT 'LTC-USD' AS symbol, TIMESTAMPTZ '2020-01-01 00:00:00+00' AS open_time, "
            "1.0::DOUBLE AS close, 1::BIGINT AS rows, 5.0::DOUBLE AS volume"));
  auto session = Open({table});
  EXPECT_EQ(Text(*session, "SELECT count(*) AS n, count(volume) AS v FROM prices", SqlFormat::kCsv),
            "n,v\r\n102,1\r\n");
}

TEST_F(SqlSessionTest, AsofJoinsWork) {
  auto session = Open({Prices()});
  EXPECT_EQ(
      Text(*session,
           "SELECT t.moment, p.rows FROM (VALUES (TIMESTAMPTZ '2019-01-01 00:10:30+00')) t(moment) "
           "ASOF JOIN (SELECT * FROM prices WHERE interval = '1m') p ON t.moment >= p.open_time",
           SqlFormat::kCsv),
      "moment,rows\r\n2019-01-01T00:10:30Z,10\r\n");
}

TEST_F(SqlSessionTest, OnlyQueriesRun) {
  SqlOptions options;
  options.parquet_path = folder_ + "/out.parquet";
  auto session = Open({Prices()}, options);
  const std::string outside = folder_ + "/outside";
  const std::string victim = session->tables()[0].files[0];
  const std::string before = *ReadFile(victim);
  for (const std::string& sql :
       {"COPY (SELECT 1) TO '" + outside + "'",
        "COPY (SELECT 1) TO '" + victim + "'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '" + victim + "' (FORMAT parquet)",
        "SELECT 1; COPY (SELECT 1) TO '" + victim + "' (FORMAT parquet)",
        "SELECT 1; EXPLAIN ANALYZE COPY (SELECT 1) TO '" + victim + "' (FORMAT parquet)",
        "/* */ EXPLAIN ANALYZE COPY (SELECT 1) TO '" + victim + "' (FORMAT parquet)",
        "EXPORT DATABASE '" + outside + "'",
        "ATTACH '" + outside + "' AS other",
        std::string("INSTALL httpfs"),
        std::string("LOAD httpfs"),
        std::string("CREATE TABLE t AS SELECT 1"),
        std::string("DROP VIEW prices"),
        std::string("SET enable_external_access = true"),
        std::string("PRAGMA memory_limit = '1GB'"),
        std::string("CALL pragma_version()"),
        std::string("BEGIN TRANSACTION"),
        std::string("CHECKPOINT"),
        std::string("PREPARE q AS SELECT 1"),
        std::string("INSERT INTO prices VALUES (1)"),
        std::string("DELETE FROM prices")}) {
    const auto result = session->Run(sql);
    ASSERT_FALSE(result) << sql;
  }
  for (const char* sql :
       {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT content FROM read_text('/etc/hostname')", "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')"}) {
    const auto result = session->Run(sql);
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code(), ErrorCode::kPermission) << result.error().message();
  }
  EXPECT_FALSE(FileExists(outside));
  EXPECT_FALSE(FileExists(options.parquet_path));
  EXPECT_TRUE(*ReadFile(victim) == before);
}

TEST_F(SqlSessionTest, RowsAreMadeForWhoNamesThemAndAreTheSameToTheBit) {
  const Schema schema = {{{"name", ColumnType::kString},
                          {"time", ColumnType::kTime},
                          {"value", ColumnType::kDouble},
                          {"count", ColumnType::kInt},
                          {"closed", ColumnType::kBool}}};
  Batch rows(schema);
  rows["name"].strings.Append("o'clock");
  rows["name"].strings.AppendNull();
  rows["time"].ints = {1'700'000'000'123'456, kNullInt};
  rows["value"].doubles = {0.1 + 0.2, kNull};
  rows["count"].ints = {-7, kNullInt};
  rows["closed"].ints = {0, kNullInt};
  rows.SetRows(2);
  int made = 0;
  SqlTable table = {"made", schema, {}, {}, {}, {}};
  table.rows = [&]() -> Result<Batch> {
    ++made;
    return rows;
  };
  auto session = Open({Prices(), table});
  EXPECT_EQ(Text(*session, "SHOW TABLES", SqlFormat::kCsv), "name\r\nmade\r\nprices\r\n");
  EXPECT_EQ(Text(*session, "SELECT count(*) AS n FROM prices", SqlFormat::kCsv), "n\r\n101\r\n");
  EXPECT_EQ(made, 0);
  const auto got = session->Fetch("SELECT * FROM made");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(made, 1);
  ASSERT_EQ(got->rows, 2u);
  for (size_t row = 0; row < 2; ++row) {
    for (size_t column = 0; column < schema.fields.size(); ++column) {
      EXPECT_TRUE(Batch::CellsEqual(*got, row, rows, row, column)) << row << " " << column;
    }
  }
}

TEST_F(SqlSessionTest, QuestionsAboutTheCatalogueSeeEveryTable) {
  auto session = Open({Prices()});
  EXPECT_EQ(Text(*session, "SHOW TABLES", SqlFormat::kCsv), "name\r\nprices\r\n");
  EXPECT_NE(
      Text(*session, "DESCRIBE prices", SqlFormat::kCsv).find("open_time,TIMESTAMP WITH TIME ZONE"),
      std::string::npos);
  EXPECT_NE(Text(*session, "EXPLAIN SELECT count(*) FROM prices", SqlFormat::kCsv).find("PARQUET"),
            std::string::npos);
  EXPECT_NE(Text(*session, "EXPLAIN ANALYZE SELECT count(*) FROM prices", SqlFormat::kCsv)
                .find("PARQUET"),
            std::string::npos);
}

TEST_F(SqlSessionTest, ErrorsCarryTheMessageAndThePosition) {
  auto session = Open({Prices()});
  const auto result = session->Run("SELECT clsoe FROM prices");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(result.error().message().find("LINE 1"), std::string::npos);
  EXPECT_NE(result.error().message().find("close"), std::string::npos);
  EXPECT_FALSE(session->Run("SELEC 1"));
  EXPECT_FALSE(session->Run("  -- nothing"));
  // An error in the middle of the rows is an error of the answer.
  auto late = session->Run(
      "SELECT CAST(CASE WHEN i = 90000 THEN 'x' ELSE '1' END AS INTEGER) AS v "
      "FROM range(100000) t(i)");
  const bool failed = !late || !late->Collect();
  EXPECT_TRUE(failed);
  // And the session goes on.
  EXPECT_TRUE(session->Fetch("SELECT 1"));
}

TEST_F(SqlSessionTest, EveryTypeHasAnExactText) {
  auto session = Open({});
  EXPECT_EQ(
      Text(*session,
           "SELECT true AS b, 255::UTINYINT AS u8, -5::SMALLINT AS i16, "
           "18446744073709551615::UBIGINT AS u64, "
           "'-170141183460469231731687303715884105728'::HUGEINT AS huge, "
           "1.50::DECIMAL(9,2) AS d9, -0.001::DECIMAL(30,3) AS d30, 0.1::DOUBLE AS d, "
           "1e300::DOUBLE * 1e10 AS inf, DATE '1969-12-31' AS day, "
           "TIMESTAMP '2019-01-01 00:00:00.5' AS ts, TIMESTAMP_NS '1969-12-31 23:59:59.999999999' "
           "AS ns, [1, 2] AS list, {'a': 1, 'b': 'x'} AS pair, INTERVAL 5 MINUTE AS span, "
           "NULL AS nothing, 'q\"\\' || chr(10) AS text, '\\x00\\xFF'::BLOB AS bytes",
           SqlFormat::kJson),
      "[\n {\"b\": true, \"u8\": 255, \"i16\": -5, \"u64\": 18446744073709551615, "
      "\"huge\": -170141183460469231731687303715884105728, \"d9\": 1.50, \"d30\": -0.001, "
      "\"d\": 0.1, \"inf\": null, \"day\": \"1969-12-31\", \"ts\": "
      "\"2019-01-01T00:00:00.500Z\", "
      "\"ns\": \"1969-12-31T23:59:59.999999Z\", \"list\": [1,2], "
      "\"pair\": {\"a\":1,\"b\":\"x\"}, \"span\": \"00:05:00\", \"nothing\": null, "
      "\"text\": \"q\\\"\\\\\\n\", \"bytes\": \"00ff\"}\n]\n");
}

TEST_F(SqlSessionTest, ConvertedColumnsKeepTheirOrderAndNames) {
  auto session = Open({});
  EXPECT_EQ(Text(*session,
                 "SELECT i AS \"a b\", [i] AS \"a b\" FROM range(3) t(i) ORDER BY i DESC; -- end",
                 SqlFormat::kCsv),
            "a b,a b\r\n2,[2]\r\n1,[1]\r\n0,[0]\r\n");
}

TEST_F(SqlSessionTest, CsvQuotesWhatNeedsQuotes) {
  auto session = Open({});
  EXPECT_EQ(
      Text(*session, "SELECT 'a,b' AS \"x,y\", '' AS e, NULL::VARCHAR AS n, 'say \"hi\"' AS q",
           SqlFormat::kCsv),
      "\"x,y\",e,n,q\r\n\"a,b\",\"\",,\"say \"\"hi\"\"\"\r\n");
}

TEST_F(SqlSessionTest, TheTableIsAlignedAndCountsItsRows) {
  auto session = Open({});
  EXPECT_EQ(Text(*session, "SELECT 'é' AS name, 5 AS n UNION ALL SELECT 'longer', NULL ORDER BY n",
                 SqlFormat::kTable),
            "name    n\n──────  ─\né       5\nlonger  –\n(2 rows)\n");
  EXPECT_EQ(Text(*session, "SELECT 1 AS a WHERE false", SqlFormat::kTable), "a\n─\n(0 rows)\n");
}

TEST_F(SqlSessionTest, ParquetIsWrittenWholeAndReadsBackTheSameBits) {
  const std::string path =
      Write("round.parquet", "SELECT i, 0.1::DOUBLE + i AS v FROM range(5000) t(i); ");
  auto session = Open(
      {{"r", {{{"i", ColumnType::kInt, true}, {"v", ColumnType::kDouble, true}}}, {path}, {}, {}}});
  const auto batch = session->Fetch("SELECT * FROM r ORDER BY i");
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->rows, 5000u);
  for (size_t i = 0; i < 5000; ++i)
    EXPECT_EQ((*batch)["v"].doubles[i], 0.1 + static_cast<double>(i));
  EXPECT_FALSE(FileExists(path + ".tmp"));

  SqlOptions options;
  options.parquet_path = folder_ + "/failed.parquet";
  auto failing = Open({}, options);
  EXPECT_FALSE(failing->WriteParquet("SELECT error('no') FROM range(10)"));
  EXPECT_FALSE(failing->WriteParquet("CREATE TABLE t AS SELECT 1"));
  EXPECT_FALSE(failing->WriteParquet("SELECT 1; SELECT 2"));
  EXPECT_FALSE(FileExists(options.parquet_path));
  EXPECT_FALSE(FileExists(options.parquet_path + ".tmp"));
  EXPECT_FALSE(session->WriteParquet("SELECT 1"));
}

TEST_F(SqlSessionTest, LargeAnswersStreamInChunks) {
  auto session = Open({});
  auto result = session->Run("SELECT i FROM range(1000000) t(i)");
  ASSERT_TRUE(result);
  SqlChunk chunk;
  int64_t expected = 0;
  size_t largest = 0;
  while (*result->Next(&chunk)) {
    largest = std::max(largest, chunk.rows);
    for (const int64_t value : chunk.columns[0].ints) ASSERT_EQ(value, expected++);
  }
  EXPECT_EQ(expected, 1'000'000);
  EXPECT_LE(largest, 4096u);
}

}  // namespace
}  // namespace tidemark
