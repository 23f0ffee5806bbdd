#include "tidemark/source/alphavantage/alphavantage_problem.h"

#include "tidemark/base/text.h"

namespace tidemark {

std::string_view NameOf(AlphaVantageProblem problem) {
  static constexpr std::string_view kNames[] = {"rate_limit", "daily_limit",  "premium",
                                                "bad_key",    "invalid_call", "other"};
  return kNames[static_cast<size_t>(problem)];
}

ErrorCode CodeOf(AlphaVantageProblem problem) {
  switch (problem) {
    case AlphaVantageProblem::kDailyLimit:
      return ErrorCode::kFull;
    case AlphaVantageProblem::kPremium:
    case AlphaVantageProblem::kBadKey:
      return ErrorCode::kPermission;
    case AlphaVantageProblem::kInvalidCall:
      return ErrorCode::kInvalidArgument;
    case AlphaVantageProblem::kRateLimit:
    case AlphaVantageProblem::kOther:
      break;
  }
  return ErrorCode::kUnavailable;
}

bool MayPass(AlphaVantageProblem problem) {
  const ErrorCode code = CodeOf(problem);
  return code == ErrorCode::kUnavailable || code == ErrorCode::kFull;
}

AlphaVantageProblem ProblemOf(std::string_view member, std::string_view words) {
  const std::string text = ToLower(words);
  const auto says = [&](std::string_view part) { return text.find(part) != text.npos; };
  if (says("apikey is invalid") || says("invalid or missing") || says("demo purposes")) {
    return AlphaVantageProblem::kBadKey;
  }
  if (member == "Error Message") return AlphaVantageProblem::kInvalidCall;
  // The order matters: texts about the frequency go on to praise the daily limit of other plans and
  // their premium endpoints.
  if (says("per minute") || says("per second") || says("call frequency")) {
    return AlphaVantageProblem::kRateLimit;
  }
  if (says("premium endpoint")) return AlphaVantageProblem::kPremium;
  if (says("per day") || says("daily")) return AlphaVantageProblem::kDailyLimit;
  if (says("call volume")) return AlphaVantageProblem::kRateLimit;
  return AlphaVantageProblem::kOther;
}

}  // namespace tidemark
