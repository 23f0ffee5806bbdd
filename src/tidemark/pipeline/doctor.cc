#include "tidemark/pipeline/doctor.h"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "tidemark/base/file.h"
#include "tidemark/base/parallel.h"
#include "tidemark/base/s3_keys.h"
#include "tidemark/forecast/boosted_grow.h"
#include "tidemark/pipeline/config_value.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/query/sql_session.h"

namespace tidemark {
namespace {

constexpr int64_t kMemoryWantedBytes = int64_t{2} << 30;
constexpr uint64_t kDiskWantedBytes = uint64_t{2} << 30;

Diagnosis Processors() {
  Diagnosis d{.subject = "processors"};
  const bool v3 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
                  __builtin_cpu_supports("bmi2") != 0;
  d.found = fmt::format("{}{}", AvailableProcessors(), v3 ? ", with AVX2" : ", without AVX2");
  if (!v3) {
    d.health = Health::kBad;
    d.advice = "this build needs a processor of the x86-64-v3 level (Haswell, Zen, or later)";
  }
  return d;
}

// "MemAvailable:   123 kB" in /proc/meminfo.
Diagnosis Memory() {
  Diagnosis d{.subject = "memory"};
  const auto text = ReadFile("/proc/meminfo");
  const size_t at = text ? text->find("MemAvailable:") : std::string::npos;
  if (at == std::string::npos) {
    d.health = Health::kNote;
    d.found = "not known";
    return d;
  }
  const size_t digits = text->find_first_of("0123456789", at);
  int64_t kib = 0;
  std::from_chars(text->data() + digits, text->data() + text->size(), kib);
  d.found = fmt::format("{:.1f} GiB available", static_cast<double>(kib) / (1 << 20));
  if (kib * 1024 < kMemoryWantedBytes) {
    d.health = Health::kNote;
    d.advice = "large files go through temporary files; lower memory_limit if runs are killed";
  }
  return d;
}

Diagnosis Sql() {
  Diagnosis d{.subject = "SQL engine"};
  const auto session = SqlSession::Open({}, SqlOptions{});
  if (session) {
    d.found = "DuckDB " + (*session)->engine_version();
  } else {
    d.health = Health::kBad;
    d.found = session.error().message();
    d.advice = "`tidemark sql` and `report` need libduckdb.so; tools/setup installs it";
  }
  return d;
}

Diagnosis Boosted() {
  return {.subject = "boosted trees",
          .found = BoostedLibrary() + ", used when forecasts.models names \"boosted\""};
}

Diagnosis TimeZones() {
  Diagnosis d{.subject = "time zones"};
  if (FileExists("/usr/share/zoneinfo/America/New_York")) {
    d.found = "/usr/share/zoneinfo";
  } else {
    d.health = Health::kNote;
    d.found = "no zone files";
    d.advice = "sources with a timezone other than UTC need the package tzdata";
  }
  return d;
}

// The deepest folder of `path` that exists.
std::string ExistingFolder(std::string path) {
  while (!path.empty() && !IsDirectory(path)) {
    const size_t slash = path.rfind('/');
    path = slash == std::string::npos ? "" : path.substr(0, std::max<size_t>(slash, 1));
    if (path == "/") break;
  }
  return path.empty() ? "." : path;
}

Diagnosis LocalLake(const Config& config) {
  Diagnosis d{.subject = "lake"};
  const std::string folder = ExistingFolder(config.lake);
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  const std::string free =
      error ? "" : fmt::format(", {:.1f} GB free", static_cast<double>(space.available) / 1e9);
  const std::string probe = folder + "/.tidemark-doctor";
  const Status written = WriteFileSynced(probe, "probe");
  const Status removed = RemoveFile(probe);
  if (!written || !removed) {
    d.health = Health::kBad;
    d.found = written ? removed.error().message() : written.error().message();
    d.advice = "choose a folder you may write to with --lake";
    return d;
  }
  d.found = fmt::format("{}{}{}", config.lake,
                        IsDirectory(config.lake) ? "" : " (not made yet), writable", free);
  if (!error && space.available < kDiskWantedBytes) {
    d.health = Health::kNote;
    d.advice = "three million one-minute rows with all derived tables take about 1 GB";
  }
  return d;
}

Diagnosis LakeDiagnosis(const Config& config) {
  if (!IsS3Uri(config.lake)) return LocalLake(config);
  Diagnosis d{.subject = "lake"};
  const auto lake = PinLake(config);
  if (lake) {
    d.found = fmt::format("{}, epoch {}", config.lake, lake->view.epoch());
  } else if (lake.error().code() == ErrorCode::kNotFound) {
    d.found = config.lake + " (not made yet), reachable";
  } else {
    d.health = Health::kBad;
    d.found = lake.error().message();
    d.advice = "check [s3] in the configuration, and the credentials below";
  }
  return d;
}

Diagnosis Credentials(const Config& config) {
  Diagnosis d{.subject = "S3 credentials"};
  const auto options = CredentialsOf(config);
  if (!options) {
    d.health = Health::kBad;
    d.found = options.error().message();
    d.advice = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or s3.credentials_file";
    return d;
  }
  std::string access_key = options->access_key, from;
  if (options->key_source != nullptr) {
    const auto keys = options->key_source->Keys();
    if (!keys) {
      d.health = Health::kBad;
      d.found = keys.error().message();
      d.advice = "see S3 in docs/operating.md for where keys are looked for";
      return d;
    }
    access_key = keys->access_key;
    from = ", from the " + options->key_source->name();
  }
  if (access_key.empty()) {
    d.health = Health::kNote;
    d.found = "none; requests would not be signed";
    d.advice =
        "only needed for s3:// addresses: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
        "s3.credentials_file";
  } else {
    d.found =
        fmt::format("access key {}…, region {}{}", access_key.substr(0, 4), options->region, from);
  }
  return d;
}

}  // namespace

std::vector<Diagnosis> Diagnose(const Config& config) {
  return {Processors(),          Memory(),           TimeZones(), Sql(), Boosted(),
          LakeDiagnosis(config), Credentials(config)};
}

}  // namespace tidemark
