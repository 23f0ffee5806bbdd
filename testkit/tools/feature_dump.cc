// feature_dump: features of candles given as plain doubles, for tests that compare them with
// oracles.
//
//   feature_dump --reference                      docs/reference/features.md to standard output
//   feature_dump ROWS OUT INTERVAL SPEC...        ROWS: per row open time (ms), open, high, low,
//   close,
//                                                 volume (NaN: none) as doubles; OUT: per feature
//                                                 its column
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/feature/feature_pack.h"

namespace tidemark {
namespace {

Result<CandleColumns> ReadRows(const std::string& path) {
  TM_ASSIGN(const std::string bytes, ReadFile(path));
  CandleColumns rows;
  double row[6];
  for (size_t at = 0; at + sizeof(row) <= bytes.size(); at += sizeof(row)) {
    std::memcpy(row, bytes.data() + at, sizeof(row));
    rows.Append({{static_cast<int64_t>(row[0]) * 1000}, row[1], row[2], row[3], row[4], row[5]});
  }
  return rows;
}

Status Dump(const std::vector<std::string>& args) {
  TM_ASSIGN(const CandleColumns rows, ReadRows(args[0]));
  TM_ASSIGN(const Interval interval, Interval::Parse(args[2]));
  TM_ASSIGN(FeaturePack pack,
            FeaturePack::Make(std::vector<std::string>(args.begin() + 3, args.end()), interval));
  std::vector<std::vector<double>> columns(pack.names().size());
  pack.Step(rows, 0, rows.size(), &columns);
  std::string bytes;
  for (const auto& column : columns) {
    bytes.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(double));
  }
  return WriteFileSynced(args[1], bytes);
}

int Main(const std::vector<std::string>& args) {
  if (args.size() == 1 && args[0] == "--reference") {
    fmt::print("{}", FeatureReference());
    return 0;
  }
  if (args.size() < 4) {
    fmt::print(stderr, "usage: feature_dump --reference | ROWS OUT INTERVAL SPEC...\n");
    return 2;
  }
  const Status status = Dump(args);
  if (!status) fmt::print(stderr, "{}\n", status.error().message());
  return status ? 0 : 1;
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  return tidemark::Main(std::vector<std::string>(argv + 1, argv + argc));
}
