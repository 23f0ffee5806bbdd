// AWS Signature Version 4 for S3: pure functions, the clock is an argument.
//
// Own code, not libcurl's option: what libcurl signs (query order, path encoding, extra headers)
// differs between its releases.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tidemark/base/s3_keys.h"
#include "tidemark/base/time.h"

namespace tidemark {

struct S3Request {
  std::string method;                          // GET, HEAD, PUT, DELETE
  std::string host;                            // with the port when it is not the scheme's own
  std::string path;                            // decoded, starts with '/'
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // lower-case names; all of them are signed
  std::string payload_sha256;                  // hex
};

// RFC 3986: all but unreserved characters become %XX; '/' is kept when `keep_slash`.
std::string UriEncode(std::string_view text, bool keep_slash);
// "a=1&b=2", encoded and sorted.
std::string EncodeQuery(const std::map<std::string, std::string>& query);

// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token and authorization to the headers;
// nothing when there are no keys.
void SignS3Request(const S3Keys& keys, const std::string& region, ReceiveTime now,
                   S3Request& request);

}  // namespace tidemark
