// Where a server listens: "127.0.0.1:9464", "[::1]:9464", "0.0.0.0:80", or ":9464", which is this
// machine alone. Port 0 is any that is free.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"

namespace tidemark {

struct ListenAddress {
  std::string host = "127.0.0.1";  // an IP address; IPv6 without its brackets
  uint16_t port = 0;

  std::string ToString() const;
  bool operator==(const ListenAddress&) const = default;
  // Errors: kInvalidArgument. Names are not looked up; "localhost" is 127.0.0.1.
  static Result<ListenAddress> Parse(std::string_view text);
};

}  // namespace tidemark
