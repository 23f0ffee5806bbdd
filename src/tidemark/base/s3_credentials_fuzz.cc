// Any bytes as an INI file of credentials and as an AWS profile file.
#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/s3_credentials.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  static const std::string path = *MakeTemporaryDirectory("tidemark-fuzz-") + "/credentials";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& [section, keys] : ParseIni(text)) {
    for (const auto& [key, value] : keys) CHECK((key + value).find('\n') == std::string::npos);
  }
  CHECK(WriteFileSynced(path, text));
  const auto options = ResolveS3({}, path, [](const std::string& name) {
    return name == "AWS_SHARED_CREDENTIALS_FILE" ? path : std::string();
  });
  CHECK(options || options.error().code() == ErrorCode::kInvalidArgument);
  if (options) CHECK(options->access_key.empty() == options->secret_key.empty());
  return 0;
}
