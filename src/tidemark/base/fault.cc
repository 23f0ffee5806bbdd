#include "tidemark/base/fault.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>

namespace tidemark {
namespace {
std::atomic<uint64_t> g_passed{0};
std::atomic<uint64_t> g_armed_at{UINT64_MAX};
std::atomic<FaultMode> g_mode{FaultMode::kNone};
FaultHandler* g_handler = nullptr;
std::atomic<Mistake> g_mistake{Mistake::kNone};
}  // namespace

void ArmFault(FaultMode mode, uint64_t n) {
  g_mode = mode;
  g_armed_at = mode == FaultMode::kNone ? UINT64_MAX : g_passed + n;
}

uint64_t FaultPointsPassed() { return g_passed; }

void HandleFaults(FaultHandler& handler) { g_handler = &handler; }

void MakeMistake(Mistake mistake) { g_mistake = mistake; }
bool Makes(Mistake mistake) { return g_mistake == mistake; }

Status FaultPoint(std::string_view what, std::string_view object) {
  if (g_handler != nullptr) return g_handler->At(what, object);
  if (++g_passed != g_armed_at) return {};
  if (g_mode == FaultMode::kCrash) {
    kill(getpid(), SIGKILL);
    pause();
  }
  return Fail(ErrorCode::kIo, std::string(what) + " " + std::string(object) + ": injected fault");
}

}  // namespace tidemark
