#include "tidemark/base/s3_credentials.h"

#include <cstdlib>

#include "tidemark/base/file.h"
#include "tidemark/base/text.h"

namespace tidemark {
namespace {

constexpr char kDefaultRegion[] = "us-east-1";

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string FirstOf(const std::map<std::string, std::string>& section,
                    std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const auto it = section.find(key); it != section.end() && !it->second.empty())
      return it->second;
  }
  return "";
}

bool HasKeys(const S3Options& options) {
  return !options.access_key.empty() || options.key_source != nullptr;
}

// Fills what `options` lacks from one place; a pair of keys is taken whole or not at all.
void Fill(S3Options& options, const S3Options& place) {
  if (!HasKeys(options) && !place.access_key.empty() && !place.secret_key.empty()) {
    options.access_key = place.access_key;
    options.secret_key = place.secret_key;
    options.session_token = place.session_token;
  }
  if (options.region.empty()) options.region = place.region;
  if (options.endpoint.empty()) options.endpoint = place.endpoint;
}

S3Options FromSection(const std::map<std::string, std::string>& section) {
  S3Options place;
  place.access_key = FirstOf(section, {"aws_access_key_id", "key", "access_key"});
  place.secret_key = FirstOf(section, {"aws_secret_access_key", "secret", "secret_key"});
  place.session_token = FirstOf(section, {"aws_session_token", "session_token", "token"});
  place.region = FirstOf(section, {"region", "aws_region", "aws_default_region"});
  place.endpoint = FirstOf(section, {"endpoint_url", "endpoint", "aws_endpoint_url"});
  return place;
}

S3Options FromProfileFile(const std::string& path, const std::string& profile) {
  S3Options nothing;
  nothing.region = "";
  const auto text = ReadFile(path);
  if (!text) return nothing;
  const IniFile ini = ParseIni(*text);
  for (const std::string& name : {ToLower(profile), "profile " + ToLower(profile)}) {
    if (const auto it = ini.find(name); it != ini.end()) return FromSection(it->second);
  }
  return nothing;
}

}  // namespace

IniFile ParseIni(std::string_view text) {
  IniFile ini;
  std::string section;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const std::string_view line = Trim(text.substr(0, newline));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line.front() == '[' && line.back() == ']') {
      section = ToLower(Trim(line.substr(1, line.size() - 2)));
      continue;
    }
    const size_t equals = line.find_first_of("=:");
    if (equals == std::string_view::npos) continue;
    std::string_view value = Trim(line.substr(equals + 1));
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.back() == value.front();
    if (quoted) value = value.substr(1, value.size() - 2);
    ini[section][ToLower(Trim(line.substr(0, equals)))] = value;
  }
  return ini;
}

Environment ProcessEnvironment() {
  return [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value == nullptr ? "" : value);
  };
}

Result<S3Options> ResolveS3(S3Options options, const std::string& ini_path,
                            const Environment& environment) {
  // The default region is no choice of the caller's.
  if (options.region == kDefaultRegion) options.region = "";
  if (!ini_path.empty()) {
    TM_ASSIGN(const std::string text, ReadFile(ini_path));
    const S3Options place = FromSection(ParseIni(text)["aws"]);
    if (place.access_key.empty() != place.secret_key.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  ini_path + ": the [AWS] section needs both KEY and SECRET");
    }
    Fill(options, place);
  }
  S3Options from_environment;
  from_environment.access_key = environment("AWS_ACCESS_KEY_ID");
  from_environment.secret_key = environment("AWS_SECRET_ACCESS_KEY");
  from_environment.session_token = environment("AWS_SESSION_TOKEN");
  from_environment.region = environment("AWS_REGION");
  if (from_environment.region.empty()) from_environment.region = environment("AWS_DEFAULT_REGION");
  from_environment.endpoint = environment("AWS_ENDPOINT_URL_S3");
  if (from_environment.endpoint.empty())
    from_environment.endpoint = environment("AWS_ENDPOINT_URL");
  Fill(options, from_environment);
  if (!HasKeys(options)) {
    TM_ASSIGN(options.key_source, WebIdentityKeys(environment));
  }

  const auto named = [&](const char* variable, const std::string& otherwise) {
    const std::string value = environment(variable);
    return value.empty() ? otherwise : value;
  };
  const std::string profile = named("AWS_PROFILE", "default");
  const std::string folder = environment("HOME") + "/.aws/";
  Fill(options,
       FromProfileFile(named("AWS_SHARED_CREDENTIALS_FILE", folder + "credentials"), profile));
  Fill(options, FromProfileFile(named("AWS_CONFIG_FILE", folder + "config"), profile));
  if (!HasKeys(options)) {
    TM_ASSIGN(options.key_source, ContainerKeys(environment));
  }
  if (!HasKeys(options)) options.key_source = InstanceKeys(environment);
  if (options.region.empty()) options.region = kDefaultRegion;
  return options;
}

}  // namespace tidemark
