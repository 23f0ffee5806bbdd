// Any text as a configuration, from a file and from --set: refused with the place of what is wrong,
// or taken; and what was taken prints to a configuration that says the same.
#include "tidemark/pipeline/config.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/pipeline/config_keys.h"

namespace tidemark {
namespace {

const std::string& GoodConfig() {
  static const std::string text = [] {
    Config config = *ParseConfig("[[source]]\npaths = [\"ltcusd.csv\"]\n", "tidemark.toml");
    return PrintConfig(config, Secrets::kShow);
  }();
  return text;
}

void Check(const Result<Config>& config) {
  if (!config) {
    CHECK(config.error().code() == ErrorCode::kInvalidArgument &&
          !config.error().message().empty());
    return;
  }
  const std::string printed = PrintConfig(*config, Secrets::kShow);
  const auto again = ParseConfig(printed, "");
  if (!again) fprintf(stderr, "%s\n%s\n", printed.c_str(), again.error().message().c_str());
  CHECK(again && PrintConfig(*again, Secrets::kShow) == printed);
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const size_t choice = in.Choose(4);
  if (choice == 0) {
    Check(ParseConfig(in.rest(), "tidemark.toml"));
  } else if (choice == 1) {
    Check(ParseConfig(in.Edit(GoodConfig()), "tidemark.toml"));
  } else if (choice == 2) {
    Check(ParseConfig(GoodConfig(), "", {std::string(in.rest())}));
  } else {
    const auto& keys = ConfigKeys();
    const auto& key = keys[in.Choose(keys.size())];
    Check(ParseConfig(GoodConfig(), "", {std::string(key.key) + "=" + std::string(in.rest())}));
  }
  return 0;
}
