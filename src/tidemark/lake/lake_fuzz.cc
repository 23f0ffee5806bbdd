// A stored lake with damage in one of its files, records, logs and checkpoints included: every way
// of reading it gives an answer or says that it is damaged, and so does the next writer.
#include "tidemark/lake/lake.h"

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/fuzz_input.h"

namespace tidemark {
namespace {

const SeriesKey kSeries{"bitfinex", "LTC-USD", "1m"};
constexpr int kEpochs = 12;

Batch Rows(int epoch) {
  Batch rows(VendorCandlesTable().schema);
  for (int i = 0; i < 3; ++i) {
    rows["venue"].strings.Append(kSeries.venue);
    rows["symbol"].strings.Append(kSeries.symbol);
    rows["interval"].strings.Append(kSeries.interval);
    rows["source"].strings.Append("file:ltcusd.csv");
    rows["open_time"].ints.push_back(1'600'000'020'000'000 + (epoch * 3 + i) * kMicrosPerMinute);
    for (const char* column : {"open", "high", "low", "close", "volume"}) {
      rows[column].doubles.push_back(100 + epoch);
    }
    rows["received_at"].ints.push_back(1);
    rows["revision"].ints.push_back(0);
  }
  rows.SetRows(3);
  return rows;
}

// One epoch more: three rows at a place of their own.
Result<PreparedEpoch> Write(Lake& lake, int number) {
  TM_ASSIGN(const LakeView base, lake.Pin());
  TM_ASSIGN(const auto writer, lake.Begin(base));
  TM_TRY(writer->DeclareTable(VendorCandlesTable(), {}));
  const Batch rows = Rows(number);
  const auto& at = rows["open_time"].ints;
  TM_TRY(writer->Replace(VendorCandlesTable(), kSeries,
                         {EventTime{at.front()}, EventTime{at.back() + 1}}, rows));
  return writer->Prepare();
}

struct GoodLake {
  std::string root;
  std::vector<std::pair<std::string, std::string>> files;  // path and bytes
};

const GoodLake& Good() {
  static const GoodLake good = [] {
    GoodLake made{*MakeTemporaryDirectory("tidemark-fuzz-") + "/lake", {}};
    {
      const auto lake = *Lake::Open(made.root, S3Options());
      CHECK(lake->LockForWriting("fuzz"));
      for (int epoch = 0; epoch < kEpochs; ++epoch) {
        CHECK(lake->Commit(*Write(*lake, epoch % 5)));
      }
    }
    CHECK(RemoveFile(made.root + "/_tidemark/lock"));
    for (const std::string& path : *ListFilesBelow(made.root)) {
      made.files.emplace_back(path, *ReadFile(path));
    }
    return made;
  }();
  return good;
}

template <typename T>
void CheckAnswer(const Result<T>& answer) {
  if (answer) return;
  const ErrorCode code = answer.error().code();
  if (code == ErrorCode::kCorrupt || code == ErrorCode::kVersion || code == ErrorCode::kNotFound ||
      code == ErrorCode::kUnsupported || code == ErrorCode::kConflict) {
    return;
  }
  fprintf(stderr, "%s\n", answer.error().message().c_str());
  CHECK(false);
}

void Use(Lake& lake, size_t how) {
  const auto view = lake.Pin();
  CheckAnswer(view);
  if (how == 0) {
    CheckAnswer(lake.Epochs());
    CheckAnswer(lake.Vacuum(0, true));
  }
  if (!view) return;
  const TimeRange times{EventTime{1'600'000'080'000'000}, EventTime{1'600'000'200'000'000}};
  switch (how) {
    case 1:
      return CheckAnswer(lake.CheckIntegrity(*view, {.statistics = true}));
    case 2:
      return CheckAnswer(view->SeriesOf(VendorCandlesTable()));
    case 3:
      return CheckAnswer(
          view->Read(VendorCandlesTable(),
                     {.series = kSeries, .times = times, .columns = {"close", "source"}}));
    default:
      return CheckAnswer(view->Read(VendorCandlesTable()));
  }
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  const GoodLake& good = Good();
  FuzzInput in(data, size);
  const size_t how = in.Choose(6);
  const bool write = how == 5;
  const auto& [path, bytes] = good.files[in.Choose(good.files.size())];
  CHECK(WriteFileSynced(path, in.Edit(bytes)));
  {
    const auto lake = *Lake::Open(good.root, S3Options());
    if (write) {
      CHECK(lake->LockForWriting("fuzz"));
      CheckAnswer(Write(*lake, 2));
      CheckAnswer(lake->RemoveUnprepared(kEpochs, std::nullopt));
    } else {
      Use(*lake, how);
    }
  }
  if (write) {  // whatever the writer left or took away
    for (const std::string& there : *ListFilesBelow(good.root)) CHECK(RemoveFile(there));
    for (const auto& [name, content] : good.files) CHECK(WriteFileSynced(name, content));
  } else {
    CHECK(WriteFileSynced(path, bytes));
  }
  return 0;
}
