// Inside of SqlResult, shared by the files of this room that speak to DuckDB.
#pragma once

#include <vector>

#include "tidemark/query/duckdb_api.h"
#include "tidemark/query/sql_result.h"

namespace tidemark {

// How a column lies in DuckDB's vectors.
struct DuckDbColumn {
  duckdb_type type = DUCKDB_TYPE_INVALID;
  duckdb_type internal = DUCKDB_TYPE_INVALID;  // of a decimal
  int scale = 0;                               // of a decimal
  bool json = false;                           // converted to JSON text by the query
};

struct SqlResult::State {
  const DuckDbApi* api = nullptr;
  duckdb_result result = {};
  std::vector<DuckDbColumn> layout;
  ~State() { api->destroy_result(&result); }
};

// DuckDB's message as an Error; the code from the message's first words.
Error DuckDbError(const char* message);

// True for types SqlResult reads as they are; others are converted to text by the query.
bool IsReadDirectly(duckdb_type type);
bool IsNested(duckdb_type type);

}  // namespace tidemark
