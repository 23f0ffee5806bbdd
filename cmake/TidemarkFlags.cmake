# One set of flags for every target here. The numeric rules are part of the product: the same bits from
# every build type, so contraction and fast-math are off everywhere and the baseline is fixed.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)

# CHECKs are not asserts and stay on in every build type; NDEBUG is left undefined on purpose.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

add_compile_options(-Wall -Wextra -Wshadow -ffp-contract=off -fno-fast-math -march=x86-64-v3
                    -fno-omit-frame-pointer)
if(TIDEMARK_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Both warn about inlined standard library code, not about ours.
  add_compile_options(-Wno-stringop-overflow -Wno-restrict)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12 uses its own deprecated std::get_temporary_buffer in std::stable_sort; designated
  # initializers leave defaults out on purpose.
  add_compile_options(-Wno-deprecated-declarations -Wno-missing-designated-field-initializers)
endif()

if(TIDEMARK_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")  # lines are enough for their reports, and build faster
  add_compile_options(-fsanitize=${TIDEMARK_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TIDEMARK_SANITIZE})
  if(TIDEMARK_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
endif()

find_program(TIDEMARK_MOLD mold)
if(TIDEMARK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--as-needed)

# Paths are made relative before hashing, so build folders and clones share one cache.
find_program(TIDEMARK_CCACHE ccache)
if(TIDEMARK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${TIDEMARK_CCACHE})
endif()
