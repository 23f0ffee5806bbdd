// What Alpha Vantage refuses, told by its words: refusals come as HTTP 200 with a JSON object whose
// one member is `Note`, `Information` or `Error Message`, also when CSV was asked for.
#pragma once

#include <string>
#include <string_view>

#include "tidemark/base/result.h"

namespace tidemark {

enum class AlphaVantageProblem : uint8_t {
  kRateLimit,    // too many a minute or a second: wait a minute
  kDailyLimit,   // until the day is over
  kPremium,      // the key may not ask this
  kBadKey,       // the key is none
  kInvalidCall,  // no such series, or a request that is none
  kOther,        // words not known here; may pass
};
std::string_view NameOf(AlphaVantageProblem problem);  // "rate_limit"

// kUnavailable for kRateLimit and kOther, kFull for kDailyLimit, kPermission for kPremium and
// kBadKey, kInvalidArgument for kInvalidCall.
ErrorCode CodeOf(AlphaVantageProblem problem);
// Asking the same again can help, after a while.
bool MayPass(AlphaVantageProblem problem);

// `member`: "Note", "Information" or "Error Message"; `words`: its text.
AlphaVantageProblem ProblemOf(std::string_view member, std::string_view words);

}  // namespace tidemark
