// Damaged stored models and blocks: refused or loaded, never worse, and what was loaded saves to
// bytes that load again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/forecast/gram.h"
#include "tidemark/forecast/model.h"
#include "tidemark/forecast/score.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t kinds = ModelKinds().size();
  const size_t choice = data[0] % (kinds + 2);
  if (choice < kinds) {
    const std::string& kind = ModelKinds()[choice];
    if (const auto model = LoadModel(kind, bytes)) {
      CHECK(SaveModel(**model) == bytes);
      (void)(*model)->ParametersJson();
      (void)(*model)->CoefficientsJson();
      (void)(*model)->ImportanceJson();
    }
  } else if (choice == kinds) {
    if (const auto block = GramBlock::Load(bytes)) CHECK(block->Save() == bytes);
  } else if (const auto block = ScoreBlock::Load(bytes)) {
    CHECK(ScoreBlock::Load(block->Save()));
    (void)Finalize(*block, true);
  }
  return 0;
}
