// What a live client says in the log about trades that are missing where ids do not tell: that some
// may have been lost, or were missed, and that the venue has told all of them. The text of a frame
// of the kind tick.
//
//   lost BTC-USD disconnect 1706709600000000                       since then, in receive time
//   lost BTC-USD disconnect 1706709600000000 1706709599900000      and what the venue's clock was
//   lost BTC-USD disconnect 0                                      since the lake has it complete
//   missed BTC-USD cross_check 1706709600000000 1706709659999999   from and to, in event time
//   whole BTC-USD disconnect 1706709600000000 1706709660000000     the gap from and to
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/market/series.h"

namespace tidemark {

struct GapNote {
  enum class Kind : uint8_t { kLost, kMissed, kWhole } kind = Kind::kLost;
  Symbol symbol;
  std::string reason;
  int64_t from_us = 0, to_us = 0;  // to_us of what is lost: the venue's clock then; 0: not known
  bool operator==(const GapNote&) const = default;

  std::string ToString() const;
  // Errors: kParse.
  static Result<GapNote> Parse(std::string_view text);
};

}  // namespace tidemark
