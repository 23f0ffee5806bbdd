#include "tidemark/base/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace tidemark {
namespace {

bool IsAddress(const std::string& host, bool v6) {
  in6_addr address{};  // has room for either
  return ::inet_pton(v6 ? AF_INET6 : AF_INET, host.c_str(), &address) == 1;
}

}  // namespace

std::string ListenAddress::ToString() const {
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<ListenAddress> ListenAddress::Parse(std::string_view text) {
  const auto fail = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no address to listen on; write :9464 or 0.0.0.0:9464", text));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail();
  ListenAddress address;
  std::string_view host = text.substr(0, colon);
  const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (v6) host = host.substr(1, host.size() - 2);
  if (!host.empty() && host != "localhost") address.host = std::string(host);
  if (!IsAddress(address.host, v6)) return fail();
  const std::string_view port = text.substr(colon + 1);
  const char* end = port.data() + port.size();
  const auto read = std::from_chars(port.data(), end, address.port);
  if (read.ec != std::errc() || read.ptr != end) return fail();
  return address;
}

}  // namespace tidemark
