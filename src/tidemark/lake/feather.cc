#include "tidemark/lake/feather.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/compression.h>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

std::unexpected<Error> Refused(const arrow::Status& status) {
  return Fail(ErrorCode::kInternal, "writing Feather: " + status.ToString());
}

// A borrowed vector as an Arrow array: no copy, no nulls.
template <typename T>
std::shared_ptr<arrow::Array> Borrowed(const std::vector<T>& values,
                                       std::shared_ptr<arrow::DataType> type) {
  auto buffer = std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(values.data()),
                                                static_cast<int64_t>(values.size() * sizeof(T)));
  return arrow::MakeArray(arrow::ArrayData::Make(
      std::move(type), static_cast<int64_t>(values.size()), {nullptr, std::move(buffer)}, 0));
}

}  // namespace

Result<std::string> EncodeFeather(const std::vector<FeatherColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const FeatherColumn& column : columns) {
    CHECK((column.times_ms == nullptr) != (column.doubles == nullptr));
    if (column.times_ms != nullptr) {
      const auto type = arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
      fields.push_back(arrow::field(column.name, type));
      arrays.push_back(Borrowed(*column.times_ms, type));
    } else {
      fields.push_back(arrow::field(column.name, arrow::float64()));
      arrays.push_back(Borrowed(*column.doubles, arrow::float64()));
    }
    CHECK(arrays.back()->length() == arrays.front()->length());
  }
  const auto schema = arrow::schema(fields);
  const int64_t rows = arrays.empty() ? 0 : arrays.front()->length();

  auto codec = arrow::util::Codec::Create(arrow::Compression::LZ4_FRAME);
  if (!codec.ok()) return Refused(codec.status());
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.codec = std::move(codec).ValueOrDie();
  options.use_threads = false;
  auto sink = arrow::io::BufferOutputStream::Create();
  if (!sink.ok()) return Refused(sink.status());
  auto writer = arrow::ipc::MakeFileWriter(*sink, schema, options);
  if (!writer.ok()) return Refused(writer.status());
  if (auto s = (*writer)->WriteRecordBatch(*arrow::RecordBatch::Make(schema, rows, arrays));
      !s.ok()) {
    return Refused(s);
  }
  if (auto s = (*writer)->Close(); !s.ok()) return Refused(s);
  auto bytes = (*sink)->Finish();
  if (!bytes.ok()) return Refused(bytes.status());
  return (*bytes)->ToString();
}

}  // namespace tidemark
