// Time zones from the system's tz database, for files whose times are local.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

class Zone {
 public:
  // An IANA name as "Europe/Berlin". Null for UTC. Errors: kInvalidArgument.
  static Result<std::shared_ptr<const Zone>> Load(const std::string& name);
  // From the bytes of a TZif file (RFC 8536). Errors: kParse.
  static Result<Zone> FromTzif(std::string_view bytes);

  // Local to UTC microseconds. Of a time the clocks showed twice the earlier; nullopt when they
  // skipped it.
  std::optional<int64_t> ToUtc(int64_t local_us) const;

 private:
  int64_t OffsetAt(int64_t utc_seconds) const;
  std::vector<int64_t> transitions_;  // UTC seconds, ascending
  std::vector<int32_t> offsets_;      // seconds east; [0] before the first transition
};

}  // namespace tidemark
