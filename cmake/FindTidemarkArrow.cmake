# Tidemark::arrow and Tidemark::parquet: from an installed Arrow CMake package (14 or newer) where there
# is one, else from the pinned pyarrow wheel in .deps/venv (headers and libraries are inside the wheel;
# tools/setup made its library symlinks).

if(TARGET Tidemark::arrow)
  return()
endif()

find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
if(Arrow_FOUND AND Parquet_FOUND AND Arrow_VERSION VERSION_GREATER_EQUAL 14)
  add_library(Tidemark::arrow INTERFACE IMPORTED)
  target_link_libraries(Tidemark::arrow INTERFACE Arrow::arrow_shared)
  add_library(Tidemark::parquet INTERFACE IMPORTED)
  target_link_libraries(Tidemark::parquet INTERFACE Parquet::parquet_shared Tidemark::arrow)
  set(TidemarkArrow_FOUND TRUE)
  message(STATUS "Arrow ${Arrow_VERSION}: installed package")
  return()
endif()

file(GLOB _tidemark_pyarrow "${TIDEMARK_DEPS}/venv/lib/python3*/site-packages/pyarrow")
if(_tidemark_pyarrow)
  list(GET _tidemark_pyarrow 0 _tidemark_pyarrow)
endif()
find_path(TidemarkArrow_INCLUDE_DIR arrow/api.h PATHS "${_tidemark_pyarrow}/include" NO_DEFAULT_PATH)
find_library(TidemarkArrow_LIBRARY arrow PATHS "${_tidemark_pyarrow}" NO_DEFAULT_PATH)
find_library(TidemarkParquet_LIBRARY parquet PATHS "${_tidemark_pyarrow}" NO_DEFAULT_PATH)
find_library(TidemarkArrowCompute_LIBRARY arrow_compute PATHS "${_tidemark_pyarrow}" NO_DEFAULT_PATH)
mark_as_advanced(TidemarkArrow_INCLUDE_DIR TidemarkArrow_LIBRARY TidemarkParquet_LIBRARY
                 TidemarkArrowCompute_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  TidemarkArrow
  REQUIRED_VARS TidemarkArrow_LIBRARY TidemarkParquet_LIBRARY TidemarkArrow_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run tools/setup, which installs the pinned pyarrow wheel into .deps")

if(TidemarkArrow_FOUND)
  add_library(Tidemark::arrow SHARED IMPORTED)
  set_target_properties(
    Tidemark::arrow PROPERTIES IMPORTED_LOCATION "${TidemarkArrow_LIBRARY}"
                               INTERFACE_INCLUDE_DIRECTORIES "${TidemarkArrow_INCLUDE_DIR}")
  add_library(Tidemark::parquet SHARED IMPORTED)
  set_target_properties(
    Tidemark::parquet PROPERTIES IMPORTED_LOCATION "${TidemarkParquet_LIBRARY}"
                                 INTERFACE_LINK_LIBRARIES Tidemark::arrow)
  if(TidemarkArrowCompute_LIBRARY)
    add_library(Tidemark::arrow_compute SHARED IMPORTED)
    set_target_properties(
      Tidemark::arrow_compute PROPERTIES IMPORTED_LOCATION "${TidemarkArrowCompute_LIBRARY}"
                                         INTERFACE_LINK_LIBRARIES Tidemark::arrow)
  endif()
endif()
