// Any bytes as a data file, and edits of a good one: refused as damage, or read as columns of equal
// length that hold no null where there may be none.
#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/lake/parquet_io.h"

namespace tidemark {
namespace {

const Batch& GoodRows() {
  static const Batch rows = [] {
    Batch batch(VendorCandlesTable().schema);
    for (int i = 0; i < 40; ++i) {
      for (const char* column : {"venue", "symbol", "interval", "source"}) {
        batch[column].strings.Append(i % 3 == 0 ? "x" : "yy");
      }
      batch["open_time"].ints.push_back(1'600'000'000'000'000 + i * kMicrosPerMinute);
      batch["received_at"].ints.push_back(1);
      batch["revision"].ints.push_back(i % 2);
      for (const char* column : {"open", "high", "low", "close"}) {
        batch[column].doubles.push_back(100 + i * 0.25);
      }
      batch["volume"].doubles.push_back(i % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : i);
    }
    batch.SetRows(40);
    return batch;
  }();
  return rows;
}

// The rows as we write them, and as a program does that puts no checksums on pages: behind those
// no edit of a value is seen.
const std::string& GoodFile(bool checksums) {
  static const std::string ours(EncodeParquet(GoodRows(), 0, 40, {"venue"})->bytes);
  static const std::string theirs = [] {
    const auto file = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(ours));
    const auto reader = *parquet::arrow::OpenFile(file, arrow::default_memory_pool());
    const auto table = *reader->ReadTable();
    const auto sink = *arrow::io::BufferOutputStream::Create();
    CHECK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 16).ok());
    return (*sink->Finish())->ToString();
  }();
  return checksums ? ours : theirs;
}

void CheckBatch(Batch batch, const Schema& schema) {
  batch.SetRows(batch.rows);
  for (size_t c = 0; c < batch.columns.size(); ++c) {
    const Field& field = schema.fields[c];
    const Column& column = batch.columns[c];
    for (const int32_t code : column.strings.codes) {
      CHECK(code < static_cast<int32_t>(column.strings.dictionary.size()));
      CHECK(code >= (field.nullable ? -1 : 0));
    }
    for (const int64_t value : column.ints) CHECK(field.nullable || value != kNullInt);
  }
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  static const std::string path = *MakeTemporaryDirectory("tidemark-fuzz-") + "/file.parquet";
  FuzzInput in(data, size);
  const size_t choice = in.Choose(4);
  const bool checksums = in.Choose(4) == 0;
  CHECK(WriteFileSynced(path, choice == 0 ? std::string(in.rest()) : in.Edit(GoodFile(checksums))));
  ParquetSelection selection;
  for (const Field& field : VendorCandlesTable().schema.fields) {
    if (field.name != "venue") selection.fields.push_back(field);
  }
  if (choice == 2) selection.fields.push_back({"vwap", ColumnType::kDouble, true});
  if (choice == 3) {
    selection.time_column = "open_time";
    selection.times = {EventTime{1'600'000'060'000'000}, EventTime{1'600'000'120'000'000}};
    selection.texts = {{"symbol", "LTC-USD"}, {"no such column", ""}};
  }
  const auto rows = DecodeParquet(path, selection);
  if (rows) {
    CheckBatch(*rows, Schema{selection.fields});
  } else {
    CHECK(rows.error().code() == ErrorCode::kCorrupt);
  }
  const auto facts = ReadParquetFooter(path);
  CHECK(facts || facts.error().code() == ErrorCode::kCorrupt);
  return 0;
}
