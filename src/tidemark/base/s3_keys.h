// S3 keys that run out: handed out by a service beside the program, and asked for again before
// they do, so that a program may work for longer than its keys live.
//
//   web identity  AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN: the token is changed for keys at
//   STS container     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (ECS) or _FULL_URI (EKS, and others)
//   instance      the machine's metadata service, version 2, unless AWS_EC2_METADATA_DISABLED is
//                 true; AWS_EC2_METADATA_SERVICE_ENDPOINT names another address
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tidemark/base/clock.h"
#include "tidemark/base/result.h"

namespace tidemark {

// The environment by name, "" when unset.
using Environment = std::function<std::string(const std::string&)>;

struct S3Keys {
  std::string access_key;  // "": there are none, requests go unsigned
  std::string secret_key;
  std::string session_token;
};

class S3KeySource {
 public:
  virtual ~S3KeySource() = default;
  // Keys that hold for a while yet; asks the service when those it has are about to run out. While
  // they hold, a service that does not answer is no error. An instance without a metadata service
  // or a role has no keys. Errors: kUnavailable, kPermission, kNotFound, kParse. Threads: any.
  virtual Result<S3Keys> Keys() = 0;
  // "container", for people.
  virtual const std::string& name() const = 0;
};

// All null when the environment names no such service. They do no I/O before they are asked.
// Errors: kInvalidArgument (an address that keys must not be asked from).
Result<std::shared_ptr<S3KeySource>> WebIdentityKeys(const Environment& environment,
                                                     Clock& clock = SystemClock());
Result<std::shared_ptr<S3KeySource>> ContainerKeys(const Environment& environment,
                                                   Clock& clock = SystemClock());
std::shared_ptr<S3KeySource> InstanceKeys(const Environment& environment,
                                          Clock& clock = SystemClock());

}  // namespace tidemark
