// The two experiments of `tidemark evaluate`, as JSON texts that the command line prints and the
// report embeds.
#pragma once

#include <cstdint>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

struct NullMarketRequest {
  int seeds = 5;
  int64_t rows = 300'000;
  std::string symbol;       // whose own rows get random signs; "" = the study's series
  bool look_ahead = false;  // for tests: let every feature see one row ahead, so that it must fail
  Progress* progress = nullptr;
};
// {"passed": …, "verdict": …, "seeds": […], "runs": [{market, seed, model, n, relative_mae, …}]}
Result<std::string> NullMarketJson(const Config& config, const NullMarketRequest& request);

struct StudyRequest {
  std::string symbol;  // "" = LTC where there is one, else the first
  int seeds = 5;
  Progress* progress = nullptr;
};
// {"series": …, "why": …, "scores": [{inputs, model, split, r2, …}], "forecasts": […]}
Result<std::string> StudyJson(const Config& config, const StudyRequest& request);

}  // namespace tidemark
