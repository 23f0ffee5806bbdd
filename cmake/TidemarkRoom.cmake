# tidemark_room(<name> [THREADS] [EDGE] [DEPS room...] [LIBS target...] [PROGRAM <output>])
#
# A room is src/tidemark/<name>/ with all folders inside it:
#   *.cc         one static library tidemark_<name> (an INTERFACE library while there is none)
#   *_test.cc    one GoogleTest program <name>_test, registered with ctest under the label `unit`,
#                with THREADS under `threads` too: tools/test runs its tests about threads (by
#                their names) with thread checks; with EDGE (a room that wires others and links all of them) under
#                `edge` instead: run from the release build, not once more with sanitizers
#   *_fuzz.cc    one libFuzzer program each, with TIDEMARK_FUZZ
#   *_bench.cc   one Google Benchmark program each, with TIDEMARK_BENCH
#   main.cc      with PROGRAM: the program's entry, kept out of the library
# DEPS are the rooms it may include (DESIGN §7); LIBS are the libraries kept inside it.

add_custom_target(unit_tests)
add_custom_target(edge_tests)
add_custom_target(thread_tests)
add_custom_target(fuzz_targets)
add_custom_target(benches)

function(tidemark_room name)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "THREADS;EDGE" "PROGRAM" "DEPS;LIBS")
  set(dir "${CMAKE_CURRENT_SOURCE_DIR}/${name}")
  set(lib tidemark_${name})

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${dir}/*.cc")
  set(tests ${sources})
  set(fuzzers ${sources})
  set(bench_sources ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER bench_sources INCLUDE REGEX "_bench\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench)\\.cc$")
  if(ROOM_PROGRAM)
    list(REMOVE_ITEM sources "${dir}/main.cc")
  endif()

  if(sources)
    add_library(${lib} STATIC ${sources})
    set(public PUBLIC)
    set(private PRIVATE)
  else()
    add_library(${lib} INTERFACE)
    set(public INTERFACE)
    set(private INTERFACE)
  endif()
  target_include_directories(${lib} ${public} "${CMAKE_SOURCE_DIR}/src")
  list(TRANSFORM ROOM_DEPS PREPEND tidemark_)
  target_link_libraries(${lib} ${public} ${ROOM_DEPS} ${private} ${ROOM_LIBS})

  if(tests AND TIDEMARK_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${lib} ${ROOM_LIBS} tidemark_testkit)
    add_test(NAME ${name}_test COMMAND ${name}_test WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set(labels unit)
    if(ROOM_EDGE)
      set(labels edge)
    elseif(ROOM_THREADS)
      list(APPEND labels threads)
      add_dependencies(thread_tests ${name}_test)
    endif()
    set_tests_properties(${name}_test PROPERTIES LABELS "${labels}" TIMEOUT 600)
    list(GET labels 0 kind)
    add_dependencies(${kind}_tests ${name}_test)
  endif()

  if(TIDEMARK_FUZZ)
    foreach(file IN LISTS fuzzers)
      cmake_path(GET file STEM stem)
      add_executable(${stem} ${file})
      target_link_libraries(${stem} PRIVATE ${lib} ${ROOM_LIBS})
      target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzz_targets ${stem})
    endforeach()
  endif()

  if(TIDEMARK_BENCH)
    foreach(file IN LISTS bench_sources)
      cmake_path(GET file STEM stem)
      add_executable(${stem} ${file})
      target_link_libraries(${stem} PRIVATE ${lib} ${ROOM_LIBS} benchmark::benchmark
                                            benchmark::benchmark_main)
      add_dependencies(benches ${stem})
    endforeach()
  endif()

  if(ROOM_PROGRAM AND EXISTS "${dir}/main.cc")
    add_executable(${ROOM_PROGRAM} "${dir}/main.cc")
    target_link_libraries(${ROOM_PROGRAM} PRIVATE ${lib} ${ROOM_LIBS})
    set_target_properties(${ROOM_PROGRAM} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  endif()
endfunction()
