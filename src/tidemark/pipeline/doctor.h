// What this machine has and lacks for Tidemark.
#pragma once

#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

enum class Health { kGood, kNote, kBad };

struct Diagnosis {
  std::string subject;  // "processors"
  Health health = Health::kGood;
  std::string found = {};   // "2, with AVX2"
  std::string advice = {};  // what to do; "" when nothing is wrong
};

// Never fails: what cannot be found out is a diagnosis too. Reads, and writes one small file beside
// a local lake to see whether it may.
std::vector<Diagnosis> Diagnose(const Config& config);

}  // namespace tidemark
