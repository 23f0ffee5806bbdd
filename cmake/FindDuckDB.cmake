# Tidemark::duckdb: libduckdb.so and duckdb.h as tools/setup unpacked them into .deps/duckdb.

if(TARGET Tidemark::duckdb)
  return()
endif()

find_path(DuckDB_INCLUDE_DIR duckdb.h PATHS "${TIDEMARK_DEPS}/duckdb/include" NO_DEFAULT_PATH)
find_library(DuckDB_LIBRARY duckdb PATHS "${TIDEMARK_DEPS}/duckdb/lib" NO_DEFAULT_PATH)
mark_as_advanced(DuckDB_INCLUDE_DIR DuckDB_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  DuckDB
  REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run tools/setup, which unpacks the pinned DuckDB into .deps")

if(DuckDB_FOUND)
  add_library(Tidemark::duckdb SHARED IMPORTED)
  set_target_properties(
    Tidemark::duckdb PROPERTIES IMPORTED_LOCATION "${DuckDB_LIBRARY}"
                                INTERFACE_INCLUDE_DIRECTORIES "${DuckDB_INCLUDE_DIR}")
endif()
