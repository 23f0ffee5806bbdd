#include "tidemark/lake/feather.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>

#include <cmath>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Feather, ArrowReadsBackTypesAndBits) {
  const std::vector<int64_t> times = {1368976980000, 1368980160000};
  const std::vector<double> closes = {3.1491, std::nan("")};
  const auto bytes = EncodeFeather({{"date", &times, nullptr}, {"close", nullptr, &closes}});
  ASSERT_TRUE(bytes) << bytes.error().message();
  EXPECT_TRUE(bytes->starts_with("ARROW1"));

  arrow::io::BufferReader input(arrow::Buffer::FromString(*bytes));
  const auto reader = arrow::ipc::RecordBatchFileReader::Open(&input).ValueOrDie();
  ASSERT_EQ(reader->num_record_batches(), 1);
  const auto batch = reader->ReadRecordBatch(0).ValueOrDie();
  EXPECT_EQ(batch->schema()->field(0)->type()->ToString(), "timestamp[ms, tz=UTC]");
  const auto& date = static_cast<const arrow::TimestampArray&>(*batch->column(0));
  const auto& close = static_cast<const arrow::DoubleArray&>(*batch->column(1));
  EXPECT_EQ(date.Value(1), times[1]);
  EXPECT_EQ(close.Value(0), closes[0]);
  EXPECT_TRUE(std::isnan(close.Value(1)));
  EXPECT_EQ(close.null_count(), 0);
}

}  // namespace
}  // namespace tidemark
