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

# Headers only: the library is loaded when SQL is first asked for (query/duckdb_api.cc), so that verbs
# which need none start without it. Programs built here find it by their run path.
if(DuckDB_FOUND)
  add_library(Tidemark::duckdb INTERFACE IMPORTED)
  target_include_directories(Tidemark::duckdb INTERFACE "${DuckDB_INCLUDE_DIR}")
  cmake_path(GET DuckDB_LIBRARY PARENT_PATH _duckdb_folder)
  list(APPEND CMAKE_BUILD_RPATH "${_duckdb_folder}")
endif()
