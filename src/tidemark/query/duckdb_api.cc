#include "tidemark/query/duckdb_api.h"

#include <dlfcn.h>

#include <string>

namespace tidemark {
namespace {

// DuckDB's own symbols first: searching fifty libraries of ours
// for each takes a tenth of a second. The sanitizers' interceptors cannot live with that.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kOwnSymbolsFirst = 0;
#else
constexpr int kOwnSymbolsFirst = RTLD_DEEPBIND;
#endif

Result<DuckDbApi> Load() {
  // Found by the program's run path (the build's) or the system's library path.
  void* library = dlopen("libduckdb.so", RTLD_LAZY | RTLD_LOCAL | kOwnSymbolsFirst);
  if (library == nullptr) {
    const char* reason = dlerror();
    return Fail(ErrorCode::kUnsupported,
                std::string("DuckDB is not available: ") + (reason ? reason : "unknown reason") +
                    "; run tools/setup, or put libduckdb.so on the library path");
  }
  DuckDbApi api;
#define TIDEMARK_DUCKDB_RESOLVE(name)                                                         \
  api.name = reinterpret_cast<decltype(&duckdb_##name)>(dlsym(library, "duckdb_" #name));     \
  if (api.name == nullptr) {                                                                  \
    return Fail(ErrorCode::kUnsupported, "libduckdb.so is too old: it has no duckdb_" #name); \
  }
  TIDEMARK_DUCKDB_FUNCTIONS(TIDEMARK_DUCKDB_RESOLVE)
#undef TIDEMARK_DUCKDB_RESOLVE
  return api;
}

}  // namespace

Result<const DuckDbApi*> LoadDuckDb() {
  static const Result<DuckDbApi> loaded = Load();
  if (!loaded) return Fail(loaded.error());
  return &*loaded;
}

}  // namespace tidemark
