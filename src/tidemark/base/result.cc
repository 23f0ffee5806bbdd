#include "tidemark/base/result.h"

#include "tidemark/base/check.h"

namespace tidemark {

const ErrorCodeInfo& InfoOf(ErrorCode code) {
  static constexpr ErrorCodeInfo kErrorCodes[] = {
      {"check_failed", 1, false},
      {"invalid_argument", 2, false},
      {"version", 2, false},
      {"too_many_rejects", 3, false},
      {"not_found", 2, false},
      {"unavailable", 4, true},
      {"permission", 4, false},
      {"parse", 2, false},
      {"io", 4, true},
      {"corrupt", 5, false},
      {"locked", 5, true},
      {"conflict", 5, true},
      {"full", 4, true},
      {"unsupported", 2, false},
      {"internal", 70, false},
  };
  const auto index = static_cast<size_t>(code);
  CHECK(index < std::size(kErrorCodes));
  return kErrorCodes[index];
}

}  // namespace tidemark
