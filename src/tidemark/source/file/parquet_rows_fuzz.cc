// Any bytes as a Parquet file of candles or trades, and edits of good ones.
#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/file/fuzz_read.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/writer.h>

namespace tidemark {
namespace {

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> Column(std::shared_ptr<arrow::DataType> type, const Value& value) {
  Builder builder(std::move(type), arrow::default_memory_pool());
  for (int64_t i = 0; i < 40; ++i) {
    CHECK((i == 7 ? builder.AppendNull() : builder.Append(value(i))).ok());
  }
  return *builder.Finish();
}

std::string Write(const std::shared_ptr<arrow::Array>& time,
                  const std::shared_ptr<arrow::Array>& price) {
  arrow::FieldVector fields = {arrow::field("time", time->type())};
  arrow::ArrayVector arrays = {time};
  for (const char* name : {"open", "high", "low", "close", "volume"}) {
    fields.push_back(arrow::field(name, price->type()));
    arrays.push_back(price);
  }
  const auto sink = *arrow::io::BufferOutputStream::Create();
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  CHECK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 16).ok());
  return (*sink->Finish())->ToString();
}

std::string WriteTrades(const std::shared_ptr<arrow::Array>& time,
                        const std::shared_ptr<arrow::Array>& price,
                        const std::shared_ptr<arrow::Array>& id) {
  const auto sides =
      Column<arrow::BooleanBuilder>(arrow::boolean(), [](int64_t i) { return i % 3 == 0; });
  const auto sink = *arrow::io::BufferOutputStream::Create();
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("time", time->type()), arrow::field("id", id->type()),
                     arrow::field("price", price->type()), arrow::field("size", price->type()),
                     arrow::field("is_buyer_maker", sides->type())}),
      arrow::ArrayVector{time, id, price, price, sides});
  CHECK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 16).ok());
  return (*sink->Finish())->ToString();
}

const std::string& GoodFile(size_t choice) {
  constexpr int64_t kStart = 1'600'000'020;
  const auto seconds = [](int64_t i) { return kStart + i * 60; };
  const auto price = [](int64_t i) { return 100.0 + static_cast<double>(i % 3); };
  static const std::string files[] = {
      Write(Column<arrow::Int64Builder>(arrow::int64(), seconds),
            Column<arrow::DoubleBuilder>(arrow::float64(), price)),
      Write(Column<arrow::TimestampBuilder>(arrow::timestamp(arrow::TimeUnit::SECOND), seconds),
            Column<arrow::FloatBuilder>(arrow::float32(), price)),
      Write(Column<arrow::StringBuilder>(arrow::utf8(),
                                         [&](int64_t i) { return std::to_string(seconds(i)); }),
            Column<arrow::StringBuilder>(arrow::utf8(),
                                         [&](int64_t i) { return std::to_string(price(i)); })),
      WriteTrades(
          Column<arrow::TimestampBuilder>(arrow::timestamp(arrow::TimeUnit::NANO),
                                          [&](int64_t i) { return seconds(i) * 1'000'000'001; }),
          Column<arrow::DoubleBuilder>(arrow::float64(), price),
          Column<arrow::Int64Builder>(arrow::int64(), seconds)),
      WriteTrades(Column<arrow::Int64Builder>(arrow::int64(), seconds),
                  Column<arrow::FloatBuilder>(arrow::float32(), price),
                  Column<arrow::StringBuilder>(arrow::utf8(),
                                               [](int64_t i) { return "a" + std::to_string(i); })),
  };
  return files[choice];
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const size_t choice = in.Choose(6);
  FuzzRead("ltcusd.parquet", choice == 5 ? std::string(in.rest()) : in.Edit(GoodFile(choice)));
  return 0;
}
