// Where S3 keys come from, in this order; the first that has an access key gives all three keys:
//   1. what the caller sets already
//   2. an INI file with an [AWS] section (KEY/SECRET or AWS_ACCESS_KEY_ID/AWS_SECRET_ACCESS_KEY)
//   3. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN of the environment
//   4. a web identity (s3_keys.h)
//   5. ~/.aws/credentials, then ~/.aws/config, the profile of AWS_PROFILE or "default"
//   6. the container's service, then the machine's (s3_keys.h), asked with the first request
// Without any, requests go unsigned (public buckets). Region and endpoint follow the same order,
// each by itself (AWS_REGION, AWS_DEFAULT_REGION; AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/base/s3.h"
#include "tidemark/base/s3_keys.h"

namespace tidemark {

// Sections of an INI file; section and key names in lower case. Comments start with # or ;.
using IniFile = std::map<std::string, std::map<std::string, std::string>>;
IniFile ParseIni(std::string_view text);

Environment ProcessEnvironment();

// `ini_path` may be "". Asks no service. Errors: kNotFound, kIo of the INI file; kInvalidArgument
// when it has half a pair of keys, and those of s3_keys.h.
Result<S3Options> ResolveS3(S3Options overrides, const std::string& ini_path,
                            const Environment& environment = ProcessEnvironment());

}  // namespace tidemark
