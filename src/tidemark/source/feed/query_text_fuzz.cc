// Any bytes as the text of a query: refused, or written to what reads the same.
#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/source/feed/backfill_range.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const auto query = ParseQueryText({reinterpret_cast<const char*>(data), size});
  if (!query) return 0;
  const auto again = ParseQueryText(QueryText(query->query()));
  CHECK(again && again->kind == query->kind && again->symbol == query->symbol);
  CHECK(query->kind != RestQuery::Kind::kCandles || again->interval == query->interval);
  return 0;
}
