#include "tidemark/query/sql_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tidemark/base/file.h"
#include "tidemark/base/parallel.h"
#include "tidemark/query/duckdb_api.h"
#include "tidemark/query/sql_result_state.h"
#include "tidemark/query/sql_text.h"

namespace tidemark {
namespace {

std::string_view SqlTypeName(ColumnType type) {
  switch (type) {
    case ColumnType::kString:
      return "VARCHAR";
    case ColumnType::kBytes:
      return "BLOB";
    case ColumnType::kTime:
      return "TIMESTAMPTZ";
    case ColumnType::kInt:
      return "BIGINT";
    case ColumnType::kBool:
      return "BOOLEAN";
    default:
      return "DOUBLE";
  }
}

// `SELECT NULL::T AS a, … WHERE false`: the table's types without a row.
std::string EmptySelect(const Schema& schema) {
  std::string sql = "SELECT ";
  for (const Field& field : schema.fields) {
    sql += fmt::format("CAST(NULL AS {}) AS {}, ", SqlTypeName(field.type), SqlName(field.name));
  }
  sql.resize(sql.size() - 2);
  return sql + " WHERE false";
}

std::string Literal(const Batch& batch, size_t column, size_t row) {
  const Column& values = batch.columns[column];
  switch (batch.schema.fields[column].type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      return values.strings.IsNull(row) ? "NULL" : SqlQuoted(values.strings.At(row));
    case ColumnType::kDouble:
      return std::isfinite(values.doubles[row]) ? fmt::format("'{}'", values.doubles[row]) : "NULL";
    case ColumnType::kTime:
      if (values.ints[row] == kNullInt) return "NULL";
      return fmt::format("make_timestamptz({})", values.ints[row]);
    case ColumnType::kInt:
    case ColumnType::kBool:
      return values.ints[row] == kNullInt ? "NULL" : fmt::format("{}", values.ints[row]);
  }
  return "NULL";
}

// All of it, to the bit: a double is written so that it is read as the same.
std::string SelectOf(const Batch& batch) {
  if (batch.rows == 0) return EmptySelect(batch.schema);
  std::string casts, names, rows;
  for (size_t c = 0; c < batch.schema.fields.size(); ++c) {
    const Field& field = batch.schema.fields[c];
    const std::string name = SqlName(field.name);
    casts += fmt::format("{}CAST({} AS {}) AS {}", c == 0 ? "" : ", ", name,
                         SqlTypeName(field.type), name);
    names += (c == 0 ? "" : ", ") + name;
  }
  for (size_t r = 0; r < batch.rows; ++r) {
    rows += r == 0 ? "(" : "), (";
    for (size_t c = 0; c < batch.columns.size(); ++c) {
      rows += (c == 0 ? "" : ", ") + Literal(batch, c, r);
    }
  }
  return fmt::format("SELECT {} FROM (VALUES {})) AS t({})", casts, rows, names);
}

std::string ReadFiles(const SqlTable& table) {
  std::string files;
  for (const std::string& file : table.files) {
    files += (files.empty() ? "" : ", ") + SqlQuoted(file);
  }
  std::string sql = fmt::format("read_parquet([{}], union_by_name = true", files);
  if (table.partition_by.empty()) {
    sql += ", hive_partitioning = false";
  } else {
    std::string types;
    for (const std::string& column : table.partition_by) {
      const int index = table.schema.IndexOf(column);
      const ColumnType type =
          index < 0 ? ColumnType::kString : table.schema.fields[static_cast<size_t>(index)].type;
      types += fmt::format("{}{}: '{}'", types.empty() ? "" : ", ", SqlQuoted(column),
                           SqlTypeName(type));
    }
    sql += fmt::format(", hive_partitioning = true, hive_types = {{{}}}", types);
  }
  return sql + ")";
}

std::string ColumnList(const Schema& schema) {
  std::string columns;
  for (const Field& field : schema.fields) {
    columns += (columns.empty() ? "" : ", ") + SqlName(field.name);
  }
  return columns;
}

// A prepared statement of DuckDB's, destroyed with its owner.
struct Prepared {
  const DuckDbApi* api;
  duckdb_prepared_statement statement = nullptr;
  explicit Prepared(const DuckDbApi* a) : api(a) {}
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() {
    if (statement != nullptr) api->destroy_prepare(&statement);
  }
};

// How to ask for columns of types SqlResult does not read, as text: nested ones as JSON.
struct Conversion {
  bool needed = false;
  std::string names;  // "#0", "#1", …
  std::string casts;  // each of them, converted where need be, under its own name
  std::vector<bool> json;
};

Conversion ConversionOf(const DuckDbApi* api, duckdb_prepared_statement statement) {
  Conversion conversion;
  const idx_t columns = api->prepared_statement_column_count(statement);
  for (idx_t c = 0; c < columns; ++c) {
    const duckdb_type type = api->prepared_statement_column_type(statement, c);
    const char* name = api->prepared_statement_column_name(statement, c);
    const std::string value = fmt::format("\"#{}\"", c);
    std::string cast = value;
    if (IsNested(type)) {
      cast = fmt::format("CAST(to_json({}) AS VARCHAR)", value);
    } else if (!IsReadDirectly(type)) {
      cast = fmt::format("CAST({} AS VARCHAR)", value);
    }
    conversion.needed = conversion.needed || cast != value;
    conversion.json.push_back(IsNested(type));
    conversion.names += (c > 0 ? ", " : "") + value;
    conversion.casts += (c > 0 ? ", " : "") + cast + " AS " + SqlName(name != nullptr ? name : "");
    api->free(const_cast<char*>(name));
  }
  return conversion;
}

}  // namespace

struct SqlSession::State {
  const DuckDbApi* api = nullptr;
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;

  ~State() {
    if (connection != nullptr) api->disconnect(&connection);
    if (database != nullptr) api->close(&database);
  }

  // Parses `sql` into statements and calls `use(statements, count)`.
  template <typename Use>
  auto Extract(std::string_view sql, const Use& use)
      -> decltype(use(duckdb_extracted_statements(), idx_t())) {
    duckdb_extracted_statements statements = nullptr;
    const idx_t count = api->extract_statements(connection, std::string(sql).c_str(), &statements);
    struct Guard {
      const DuckDbApi* api;
      duckdb_extracted_statements* statements;
      ~Guard() { api->destroy_extracted(statements); }
    } guard{api, &statements};
    if (count == 0) {
      const char* message = api->extract_statements_error(statements);
      if (message != nullptr && *message != 0) return Fail(DuckDbError(message));
      return Fail(ErrorCode::kInvalidArgument, "there is no statement in the query");
    }
    return use(statements, count);
  }

  Status Prepare(duckdb_extracted_statements statements, idx_t index, Prepared* prepared) {
    if (api->prepare_extracted_statement(connection, statements, index, &prepared->statement) ==
        DuckDBError) {
      return Fail(DuckDbError(api->prepare_error(prepared->statement)));
    }
    return {};
  }

  Result<SqlResult> Start(const Prepared& prepared, std::vector<bool> json) {
    auto state = std::make_unique<SqlResult::State>();
    state->api = api;
    if (api->execute_prepared_streaming(prepared.statement, &state->result) == DuckDBError) {
      return Fail(DuckDbError(api->result_error(&state->result)));
    }
    const idx_t count = api->column_count(&state->result);
    json.resize(count);
    for (idx_t i = 0; i < count; ++i) {
      DuckDbColumn column;
      column.type = api->column_type(&state->result, i);
      column.json = json[i];
      if (column.type == DUCKDB_TYPE_DECIMAL) {
        duckdb_logical_type type = api->column_logical_type(&state->result, i);
        column.internal = api->decimal_internal_type(type);
        column.scale = api->decimal_scale(type);
        api->destroy_logical_type(&type);
      }
      state->layout.push_back(column);
    }
    return SqlResult(std::move(state));
  }
};

SqlSession::SqlSession(std::unique_ptr<State> state, std::vector<SqlTable> tables,
                       std::string parquet_path)
    : state_(std::move(state)),
      tables_(std::move(tables)),
      has_view_(tables_.size(), false),
      parquet_path_(std::move(parquet_path)) {}

SqlSession::~SqlSession() = default;

Result<std::unique_ptr<SqlSession>> SqlSession::Open(std::vector<SqlTable> tables,
                                                     const SqlOptions& options) {
  TM_ASSIGN(const DuckDbApi* api, LoadDuckDb());
  auto state = std::make_unique<State>();
  state->api = api;
  duckdb_config config = nullptr;
  if (api->create_config(&config) == DuckDBError) {
    return Fail(ErrorCode::kInternal, "DuckDB gives no configuration");
  }
  const int threads = options.threads > 0 ? options.threads : AvailableProcessors();
  std::vector<std::pair<std::string, std::string>> settings = {
      {"threads", std::to_string(threads)},
      {"temp_directory", ""},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"}};
  if (!options.memory_limit.empty()) settings.emplace_back("memory_limit", options.memory_limit);
  for (const auto& [name, value] : settings) {
    if (api->set_config(config, name.c_str(), value.c_str()) == DuckDBError) {
      api->destroy_config(&config);
      return Fail(ErrorCode::kInvalidArgument, "DuckDB refuses " + name + " = " + value);
    }
  }
  char* message = nullptr;
  const duckdb_state opened = api->open_ext(nullptr, &state->database, config, &message);
  api->destroy_config(&config);
  if (opened == DuckDBError) {
    const Error error = DuckDbError(message);
    api->free(message);
    return Fail(error);
  }
  if (api->connect(state->database, &state->connection) == DuckDBError) {
    return Fail(ErrorCode::kInternal, "DuckDB gives no connection");
  }
  std::unique_ptr<SqlSession> session(
      new SqlSession(std::move(state), std::move(tables), options.parquet_path));
  std::string allowed;
  for (const SqlTable& table : session->tables_) {
    for (const std::string& file : table.files) {
      allowed += (allowed.empty() ? "" : ", ") + SqlQuoted(file);
    }
  }
  if (!options.parquet_path.empty()) {
    allowed += (allowed.empty() ? "" : ", ") + SqlQuoted(options.parquet_path + ".tmp");
  }
  TM_TRY(session->Execute("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true"));
  if (!allowed.empty()) TM_TRY(session->Execute("SET allowed_paths = [" + allowed + "]"));
  TM_TRY(session->Execute("SET enable_external_access = false; SET lock_configuration = true"));
  return session;
}

bool SqlSession::HasTable(std::string_view name) const {
  return std::any_of(tables_.begin(), tables_.end(),
                     [&](const SqlTable& table) { return table.name == name; });
}

std::string SqlSession::engine_version() const { return state_->api->library_version(); }

Status SqlSession::Execute(const std::string& sql) {
  duckdb_result result = {};
  const duckdb_state done = state_->api->query(state_->connection, sql.c_str(), &result);
  Status status;
  if (done == DuckDBError) status = Fail(DuckDbError(state_->api->result_error(&result)));
  state_->api->destroy_result(&result);
  return status;
}

// Rows are made for who names them; for others it is enough that the view is there.
Status SqlSession::CreateViewOfRows(size_t index, bool named) {
  const SqlTable& table = tables_[index];
  Batch rows(table.schema);
  if (named) {
    TM_ASSIGN(rows, table.rows());
  }
  has_view_[index] = named;
  return Execute(
      fmt::format("CREATE OR REPLACE VIEW {} AS {}", SqlName(table.name), SelectOf(rows)));
}

Status SqlSession::CreateView(size_t index) {
  const SqlTable& table = tables_[index];
  const std::string head = fmt::format("CREATE VIEW {} AS ", SqlName(table.name));
  if (table.fetch) TM_TRY(table.fetch());
  has_view_[index] = true;
  if (table.files.empty()) return Execute(head + EmptySelect(table.schema));
  const std::string columns = ColumnList(table.schema);
  const std::string files = ReadFiles(table);
  const Status plain = Execute(fmt::format("{}SELECT {} FROM {}", head, columns, files));
  if (plain || plain.error().code() != ErrorCode::kInvalidArgument) return plain;
  // A column younger than every file: it exists, and is null in all rows.
  return Execute(fmt::format("{}SELECT {} FROM ({} UNION ALL BY NAME SELECT * FROM {})", head,
                             columns, EmptySelect(table.schema), files));
}

Status SqlSession::EnsureViews(std::string_view sql) {
  const bool all = AsksForCatalog(sql);
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (has_view_[i]) continue;
    const bool named = SqlMentions(sql, tables_[i].name);
    if (!named && !all) continue;
    TM_TRY(tables_[i].rows ? CreateViewOfRows(i, named) : CreateView(i));
  }
  return {};
}

// EXPLAIN ANALYZE runs what it explains, so that must be a query too.
Status SqlSession::CheckExplain(std::string_view sql, bool alone) {
  std::string_view rest = sql;
  if (!alone || TakeSqlWord(&rest) != "explain") {
    return Fail(ErrorCode::kPermission, "EXPLAIN must be the only statement of a query");
  }
  std::string_view after = rest;
  if (TakeSqlWord(&after) == "analyze") rest = after;
  return state_->Extract(rest, [&](duckdb_extracted_statements statements, idx_t) -> Status {
    Prepared explained(state_->api);
    TM_TRY(state_->Prepare(statements, 0, &explained));
    return state_->api->prepared_statement_type(explained.statement) == DUCKDB_STATEMENT_TYPE_SELECT
               ? Status()
               : Fail(ErrorCode::kPermission, "only queries can be explained here");
  });
}

Result<SqlResult> SqlSession::Run(std::string_view sql) {
  TM_TRY(EnsureViews(sql));
  const auto run = [&](duckdb_extracted_statements statements, idx_t count) -> Result<SqlResult> {
    for (idx_t i = 0;; ++i) {
      Prepared prepared(state_->api);
      TM_TRY(state_->Prepare(statements, i, &prepared));
      const duckdb_statement_type type = state_->api->prepared_statement_type(prepared.statement);
      if (type == DUCKDB_STATEMENT_TYPE_EXPLAIN) {
        TM_TRY(CheckExplain(sql, count == 1));
        return state_->Start(prepared, {});
      }
      if (type != DUCKDB_STATEMENT_TYPE_SELECT) {
        return Fail(ErrorCode::kPermission,
                    "the lake is read-only here: only queries (SELECT, DESCRIBE, SUMMARIZE, "
                    "EXPLAIN) can be run");
      }
      // A query has no effect beside its answer, and only the last answer is wanted.
      if (i + 1 < count) continue;
      const Conversion conversion = ConversionOf(state_->api, prepared.statement);
      if (!conversion.needed || count > 1) return state_->Start(prepared, {});
      const std::string converted = fmt::format("SELECT {} FROM ({}\n) AS t({})", conversion.casts,
                                                TrimSql(sql), conversion.names);
      return state_->Extract(converted,
                             [&](duckdb_extracted_statements outer, idx_t) -> Result<SqlResult> {
                               Prepared wrapped(state_->api);
                               TM_TRY(state_->Prepare(outer, 0, &wrapped));
                               return state_->Start(wrapped, conversion.json);
                             });
    }
  };
  return state_->Extract(sql, run);
}

Result<Batch> SqlSession::Fetch(std::string_view sql) {
  TM_ASSIGN(SqlResult result, Run(sql));
  return result.Collect();
}

Status SqlSession::CheckOneQuery(std::string_view sql) {
  TM_TRY(EnsureViews(sql));
  return state_->Extract(sql, [&](duckdb_extracted_statements statements, idx_t count) -> Status {
    Prepared prepared(state_->api);
    TM_TRY(state_->Prepare(statements, 0, &prepared));
    if (count != 1 ||
        state_->api->prepared_statement_type(prepared.statement) != DUCKDB_STATEMENT_TYPE_SELECT) {
      return Fail(ErrorCode::kPermission, "this takes exactly one query");
    }
    return {};
  });
}

Result<int64_t> SqlSession::WriteParquet(std::string_view sql) {
  if (parquet_path_.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "no path to write Parquet to");
  }
  TM_TRY(CheckOneQuery(sql));
  const std::string temporary = parquet_path_ + ".tmp";
  const std::string copy =
      fmt::format("COPY ({}\n) TO {} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
                  TrimSql(sql), SqlQuoted(temporary));
  duckdb_result result = {};
  Result<int64_t> rows = 0;
  if (state_->api->query(state_->connection, copy.c_str(), &result) == DuckDBError) {
    rows = Fail(DuckDbError(state_->api->result_error(&result)));
  } else if (duckdb_data_chunk chunk = state_->api->fetch_chunk(result); chunk != nullptr) {
    // COPY answers with one row: the count.
    rows = *static_cast<int64_t*>(
        state_->api->vector_get_data(state_->api->data_chunk_get_vector(chunk, 0)));
    state_->api->destroy_data_chunk(&chunk);
  }
  state_->api->destroy_result(&result);
  if (!rows) {
    (void)RemoveFile(temporary);
    return rows;
  }
  TM_TRY(SyncFile(temporary));
  TM_TRY(RenameFile(temporary, parquet_path_));
  return rows;
}

}  // namespace tidemark
