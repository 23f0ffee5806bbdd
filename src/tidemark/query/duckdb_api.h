// DuckDB's C functions, found in libduckdb.so when the first query asks for them: the library is
// 70 MB, and a verb that never queries should not pay its 20–30 ms of loading.
#pragma once

#include <duckdb.h>

#include "tidemark/base/result.h"

#define TIDEMARK_DUCKDB_FUNCTIONS(X) \
  X(close)                           \
  X(column_count)                    \
  X(column_logical_type)             \
  X(column_name)                     \
  X(column_type)                     \
  X(connect)                         \
  X(create_config)                   \
  X(data_chunk_get_size)             \
  X(data_chunk_get_vector)           \
  X(decimal_internal_type)           \
  X(decimal_scale)                   \
  X(destroy_config)                  \
  X(destroy_data_chunk)              \
  X(destroy_extracted)               \
  X(destroy_logical_type)            \
  X(destroy_prepare)                 \
  X(destroy_result)                  \
  X(disconnect)                      \
  X(execute_prepared)                \
  X(execute_prepared_streaming)      \
  X(extract_statements)              \
  X(extract_statements_error)        \
  X(fetch_chunk)                     \
  X(free)                            \
  X(library_version)                 \
  X(open_ext)                        \
  X(prepare_error)                   \
  X(prepare_extracted_statement)     \
  X(prepared_statement_column_count) \
  X(prepared_statement_column_name)  \
  X(prepared_statement_column_type)  \
  X(prepared_statement_type)         \
  X(query)                           \
  X(result_error)                    \
  X(set_config)                      \
  X(validity_row_is_valid)           \
  X(vector_get_data)                 \
  X(vector_get_validity)

namespace tidemark {

struct DuckDbApi {
#define TIDEMARK_DUCKDB_POINTER(name) decltype(&duckdb_##name) name = nullptr;
  TIDEMARK_DUCKDB_FUNCTIONS(TIDEMARK_DUCKDB_POINTER)
#undef TIDEMARK_DUCKDB_POINTER
};

// Loaded once, kept for ever; safe from every thread. Errors: kUnsupported when the library or one
// of its functions is missing; the message says where it was sought.
Result<const DuckDbApi*> LoadDuckDb();

}  // namespace tidemark
