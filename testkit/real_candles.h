// The two public one-minute series of ../shared/data/bitfinex, for tests that skip without them.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "tidemark/market/candle.h"

namespace tidemark {

// The candles of `name` ("ltcusd.csv" or "ethusd.json"); nothing when the file is not there. Both
// layouts say time, open, close, high, low, volume in this order. REQUIRES the checkout's root as
// the working directory (as ctest sets it) and gzip on the path.
inline std::optional<CandleColumns> LoadRealCandles(const std::string& name) {
  const std::string path = "../shared/data/bitfinex/" + name + ".gz";
  if (std::FILE* probe = std::fopen(path.c_str(), "rb"); probe == nullptr) {
    return std::nullopt;
  } else {
    std::fclose(probe);
  }
  std::FILE* pipe = popen(("gzip -dc " + path).c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  CandleColumns rows;
  char line[512];
  while (std::fgets(line, sizeof(line), pipe) != nullptr) {
    double values[6] = {};
    int count = 0;
    for (const char* at = line; *at != '\0' && count < 6;) {
      if (*at == '"') {  // a key: on to its closing quote
        for (++at; *at != '\0' && *at != '"'; ++at) {
        }
        if (*at == '"') ++at;
        continue;
      }
      if ((*at >= '0' && *at <= '9') || *at == '-') {
        char* end = nullptr;
        values[count++] = std::strtod(at, &end);
        at = end;
      } else {
        ++at;
      }
    }
    if (count == 6) {
      rows.Append({{static_cast<int64_t>(values[0]) * 1000},
                   values[1],
                   values[3],
                   values[4],
                   values[2],
                   values[5]});
    }
  }
  pclose(pipe);
  return rows;
}

}  // namespace tidemark
