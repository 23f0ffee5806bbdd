#include "tidemark/base/s3_keys.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "tidemark/base/file.h"
#include "tidemark/base/http.h"
#include "tidemark/base/json.h"
#include "tidemark/base/s3_sign.h"
#include "tidemark/base/s3_xml.h"

namespace tidemark {
namespace {

// Keys are renewed this long before they run out, or halfway when they live for less than twice it.
constexpr int64_t kRenewBefore = 5 * kMicrosPerMinute;
// After a failure, while the old keys hold.
constexpr int64_t kAskAgainAfter = 10 * kMicrosPerSecond;
constexpr int kAttempts = 3;
constexpr int64_t kPauseMillis = 100;  // doubles
constexpr long kServiceTimeoutMillis = 5'000;
// Also how long a machine without the service waits for it, twice, once.
constexpr long kInstanceTimeoutMillis = 1'000;

struct DatedKeys {
  S3Keys keys;
  EventTime expires = kMaxTime;
};

class RenewedKeys : public S3KeySource {
 public:
  using Ask = std::function<Result<DatedKeys>()>;
  // `optional`: when the first answer is kNotFound, there are no keys and never will be.
  RenewedKeys(std::string name, Ask ask, bool optional, Clock& clock)
      : name_(std::move(name)), ask_(std::move(ask)), optional_(optional), clock_(clock) {}

  Result<S3Keys> Keys() override {
    const std::lock_guard lock(mutex_);
    const EventTime now{clock_.Now().us};
    if (!known_ || renew_at_ <= now) TM_TRY(Renew(now));
    return known_->keys;
  }
  const std::string& name() const override { return name_; }

 private:
  Status Renew(EventTime now) {
    auto fresh = ask_();
    if (!fresh && !known_ && optional_ && fresh.error().code() == ErrorCode::kNotFound) {
      fresh = DatedKeys();
    }
    if (fresh) {
      const int64_t life = fresh->expires - now;
      renew_at_ = now + std::max(life - kRenewBefore, life / 2);
      known_ = *std::move(fresh);
      return {};
    }
    if (!known_ || known_->expires <= now) {
      return Fail(fresh.error().With("S3 keys of the " + name_));
    }
    renew_at_ = now + kAskAgainAfter;
    return {};
  }

  const std::string name_;
  const Ask ask_;
  const bool optional_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<DatedKeys> known_;
  EventTime renew_at_;
};

Result<HttpAnswer> SendRepeatedly(const HttpClient& client, const HttpRequest& request) {
  for (int attempt = 1;; ++attempt) {
    auto answer = client.Send(request);
    if ((answer && !answer->retryable()) || attempt == kAttempts) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMillis << (attempt - 1)));
  }
}

Status CheckAnswered(const HttpRequest& request, const HttpAnswer& answer,
                     const std::string& words = "") {
  if (answer.status == 200) return {};
  const ErrorCode code = answer.retryable()     ? ErrorCode::kUnavailable
                         : answer.status == 404 ? ErrorCode::kNotFound
                                                : ErrorCode::kPermission;
  return Fail(code, fmt::format("{} {}: HTTP {}{}{}", request.method, request.url, answer.status,
                                words.empty() ? "" : ": ", words));
}

Result<DatedKeys> MakeKeys(S3Keys keys, const std::string& expiration) {
  if (keys.access_key.empty() || keys.secret_key.empty()) {
    return Fail(ErrorCode::kParse, "the answer holds no keys");
  }
  DatedKeys dated{std::move(keys)};
  if (!expiration.empty()) {
    TM_ASSIGN(dated.expires, ParseTime(expiration));
  }
  return dated;
}

// What container and metadata services answer with.
Result<DatedKeys> KeysOfJson(const std::string& body) {
  TM_ASSIGN(const Json json, Json::Parse(body));
  if (const std::string code = json["Code"].AsString(); !code.empty() && code != "Success") {
    return Fail(ErrorCode::kPermission, code + ": " + json["Message"].AsString());
  }
  return MakeKeys({json["AccessKeyId"].AsString(), json["SecretAccessKey"].AsString(),
                   json["Token"].AsString()},
                  json["Expiration"].AsString());
}

std::string WithoutBlanks(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  return text;
}

std::string FirstSet(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = environment(name); !value.empty()) return value;
  }
  return "";
}

// Keys come over plain HTTP only from this machine or the addresses of ECS and EKS.
bool MayBeAsked(std::string_view url) {
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://")) return false;
  std::string host(url.substr(7, url.find_first_of("/?#", 7) - 7));
  if (host.starts_with('[')) {
    host = host.substr(0, host.find(']') + 1);
    return host == "[::1]" || host == "[fd00:ec2::23]";
  }
  if (host.contains('@')) return false;
  host = host.substr(0, host.find(':'));
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) != 1) return host == "localhost";
  return ntohl(address.s_addr) >> 24 == 127 || host == "169.254.170.2" || host == "169.254.170.23";
}

}  // namespace

Result<std::shared_ptr<S3KeySource>> WebIdentityKeys(const Environment& environment, Clock& clock) {
  const std::string token_file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  const std::string role = environment("AWS_ROLE_ARN");
  if (token_file.empty() || role.empty()) return nullptr;
  const std::string region = FirstSet(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  std::string url = FirstSet(environment, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"});
  if (url.empty()) {
    url = region.empty() ? "https://sts.amazonaws.com"
                         : fmt::format("https://sts.{}.amazonaws.com", region);
  }
  std::string session = environment("AWS_ROLE_SESSION_NAME");
  if (session.empty()) session = "tidemark";
  auto client = std::make_shared<HttpClient>();
  const auto ask = [=]() -> Result<DatedKeys> {
    TM_ASSIGN(const std::string token, ReadFile(token_file));  // it is renewed beside us
    const std::string form = EncodeQuery({{"Action", "AssumeRoleWithWebIdentity"},
                                          {"Version", "2011-06-15"},
                                          {"RoleArn", role},
                                          {"RoleSessionName", session},
                                          {"WebIdentityToken", WithoutBlanks(token)}});
    const HttpRequest request{.method = "POST",
                              .url = url + "/",
                              .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                              .body = form,
                              .timeout_ms = kServiceTimeoutMillis};
    TM_ASSIGN(const HttpAnswer answer, SendRepeatedly(*client, request));
    TM_TRY(CheckAnswered(request, answer, XmlText(answer.body, "Message")));
    return MakeKeys({XmlText(answer.body, "AccessKeyId"), XmlText(answer.body, "SecretAccessKey"),
                     XmlText(answer.body, "SessionToken")},
                    XmlText(answer.body, "Expiration"));
  };
  return std::make_shared<RenewedKeys>("web identity", ask, false, clock);
}

Result<std::shared_ptr<S3KeySource>> ContainerKeys(const Environment& environment, Clock& clock) {
  std::string url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (const std::string path = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
      !path.empty()) {
    url = "http://169.254.170.2" + path;
  }
  if (url.empty()) return nullptr;
  if (!MayBeAsked(url)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("AWS_CONTAINER_CREDENTIALS_FULL_URI '{}': only https://, or http:// to "
                            "this machine, ECS or EKS",
                            url));
  }
  const std::string token_file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  const std::string token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  auto client = std::make_shared<HttpClient>();
  const auto ask = [=]() -> Result<DatedKeys> {
    HttpRequest request{.url = url, .timeout_ms = kServiceTimeoutMillis, .direct = true};
    std::string authorization = token;
    if (!token_file.empty()) {
      TM_ASSIGN(authorization, ReadFile(token_file));  // it is renewed beside us
      authorization = WithoutBlanks(authorization);
    }
    if (!authorization.empty()) request.headers["authorization"] = authorization;
    TM_ASSIGN(const HttpAnswer answer, SendRepeatedly(*client, request));
    TM_TRY(CheckAnswered(request, answer));
    return KeysOfJson(answer.body);
  };
  return std::make_shared<RenewedKeys>("container", ask, false, clock);
}

std::shared_ptr<S3KeySource> InstanceKeys(const Environment& environment, Clock& clock) {
  const std::string disabled = environment("AWS_EC2_METADATA_DISABLED");
  if (disabled == "true" || disabled == "True" || disabled == "TRUE") return nullptr;
  std::string endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  auto client = std::make_shared<HttpClient>();
  const auto ask = [=]() -> Result<DatedKeys> {
    HttpRequest request{.method = "PUT",
                        .url = endpoint + "/latest/api/token",
                        .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}},
                        .connect_timeout_ms = kInstanceTimeoutMillis,
                        .timeout_ms = kInstanceTimeoutMillis,
                        .direct = true};
    auto token = client->Send(request);
    if (!token) token = client->Send(request);
    // No answer, or one of something else: this is no such machine.
    if (!token) return Fail(ErrorCode::kNotFound, token.error().message());
    if (token->status / 100 == 4) return Fail(ErrorCode::kNotFound, "no token is given out");
    TM_TRY(CheckAnswered(request, *token));
    request.method = "GET";
    request.headers = {{"x-aws-ec2-metadata-token", token->body}};
    request.timeout_ms = kServiceTimeoutMillis;
    request.url = endpoint + "/latest/meta-data/iam/security-credentials/";
    TM_ASSIGN(const HttpAnswer roles, SendRepeatedly(*client, request));
    TM_TRY(CheckAnswered(request, roles));
    request.url += roles.body.substr(0, roles.body.find('\n'));
    TM_ASSIGN(const HttpAnswer answer, SendRepeatedly(*client, request));
    TM_TRY(CheckAnswered(request, answer));
    return KeysOfJson(answer.body);
  };
  return std::make_shared<RenewedKeys>("instance", ask, true, clock);
}

}  // namespace tidemark
