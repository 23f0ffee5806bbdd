// What goes wrong at a simulated venue, by chance or by script.
//
// Chance is no stream of numbers but a hash of what it is asked about (seed, connection, stream,
// trade id), so the same trade of the same connection meets the same fault whatever the timing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/random.h"
#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

enum class VenueFault : uint8_t {
  // Of a message.
  kDisconnect,  // the connection ends in its place: reset, closed, or closed with a goodbye
  kSilence,     // no byte any more, and the connection stays open
  kDuplicate,   // told again within two seconds
  kDisorder,    // a trade after the next one
  kDelay,       // a trade late, by up to delay_seconds
  kDrop,        // a trade never told
  kMalformed,   // damaged bytes in its place
  kSplit,       // in two websocket frames
  kRestate,     // a closed candle without its last seconds; told right up to 90 s later
  // Of a request.
  kRest429,   // refused: too many requests
  kRest5xx,   // the venue's own failure
  kTruncate,  // the connection ends within the reply
  kStale,     // answered with what was known up to stale_seconds ago
  // By script only.
  kShutdown,  // the venue asks for another connection, and ends this one ten seconds later
  kOutage,    // every connection ends, and none is taken
};
constexpr size_t kVenueFaultCount = 15;
std::string_view NameOf(VenueFault fault);  // "disconnect", "rest5xx"

struct VenueFaults {
  std::array<double, kVenueFaultCount> share = {};  // of the messages or requests
  double delay_seconds = 10;                        // of venue time
  double stale_seconds = 20;
  double skew_seconds = 0;  // the clock the venue tells is so much ahead of its trades
  // > 0: so long after the venue's start chance does no more harm, and what is missing can heal.
  double calm_after_seconds = 0;
};
// "disconnect=0.01,skew=-2,calm-after=3600"; "" is none. Errors: kInvalidArgument.
Result<VenueFaults> ParseVenueFaults(std::string_view text);

struct ScriptedFault {
  int64_t at_us = 0;  // since the venue's start
  VenueFault fault = VenueFault::kDisconnect;
  int64_t for_us = 0;  // > 0: everything of that time; 0: once
  bool operator==(const ScriptedFault&) const = default;
};
// Lines "at 00:05:00 disconnect", "at 90s drop for 10s"; blank ones and those from # on are
// comments. disconnect, silence and shutdown may stand without `for`, the others may not. Sorted by
// time. Errors: kInvalidArgument with the line.
Result<std::vector<ScriptedFault>> ParseFaultScript(std::string_view text);

// What was planted.
struct VenueCounts {
  std::array<int64_t, kVenueFaultCount> faults = {};
  int64_t connections = 0, messages = 0, requests = 0;
  int64_t& Of(VenueFault fault) { return faults[static_cast<size_t>(fault)]; }
};

class FaultPlan {
 public:
  FaultPlan(uint64_t seed, EventTime start, VenueFaults faults, std::vector<ScriptedFault> script);

  const VenueFaults& faults() const { return faults_; }
  const std::vector<ScriptedFault>& script() const { return script_; }
  EventTime start() const { return start_; }
  // Whether what `key` stands for meets the fault at `now`.
  bool Meets(VenueFault fault, uint64_t key, EventTime now) const;
  // For what else is drawn about it.
  Random Draw(VenueFault fault, uint64_t key) const;
  // The end of the scripted time of the fault that holds `now`; kMinTime without one.
  EventTime ScriptedUntil(VenueFault fault, EventTime now) const;

 private:
  uint64_t seed_;
  EventTime start_;
  VenueFaults faults_;
  std::vector<ScriptedFault> script_;
};

// One key of several numbers.
uint64_t FaultKey(uint64_t a, uint64_t b, uint64_t c = 0);

// `text` with damage: cut, bytes changed, or a number made into words. Never what it was.
std::string Damaged(std::string_view text, Random& random);

}  // namespace tidemark
