# Every library from outside, found once. Rooms name them; nothing else in the build does.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(OpenSSL REQUIRED)
# pyarrow's libparquet carries an OpenSSL of its own and exports all of it. The loader takes the first
# of a name for everybody, inside the system's libcrypto too, and two versions mixed crash: the
# system's must stand before libparquet in every program.
add_link_options(LINKER:--push-state,--no-as-needed,-lssl,-lcrypto,--pop-state)
find_package(Boost 1.81 REQUIRED)  # Asio and Beast: headers alone
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(sleef REQUIRED IMPORTED_TARGET sleef)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(xgboost REQUIRED IMPORTED_TARGET xgboost)
find_package(TidemarkArrow REQUIRED)
find_package(DuckDB REQUIRED)

# Arrow's libraries export a simdjson of their own under the same names, of another version. Whichever
# is named first is used by all: ours, since we call nothing of Arrow's that reads JSON.
get_target_property(simdjson_library simdjson::simdjson IMPORTED_LOCATION_RELWITHDEBINFO)
add_link_options(LINKER:--push-state,--no-as-needed "${simdjson_library}" LINKER:--pop-state)

if(TIDEMARK_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
if(TIDEMARK_BENCH)
  find_package(benchmark REQUIRED)
endif()
