// Compressed files, archives, Parquet and S3, made by tools we did not write.
#include <archive.h>
#include <archive_entry.h>
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "testkit/moto_server.h"
#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/source/file/reader_testing.h"

namespace tidemark {
namespace {

using testing_support::FileOf;
using testing_support::Read;
using testing_support::ReadResult;
using testing_support::TestOptions;

std::string Csv(int first, int rows) {
  std::string text = "time,open,high,low,close,volume\n";
  for (int i = first; i < first + rows; ++i)
    text += fmt::format("{},{},9000,1,2,3\n", 1'400'000'040 + i * 60, i + 1);
  return text;
}

// Packs members with libarchive; "raw" is a bare stream of the one member.
std::string Pack(const std::vector<std::pair<std::string, std::string>>& members,
                 const char* format, int filter) {
  archive* a = archive_write_new();
  archive_write_add_filter(a, filter);
  CHECK(archive_write_set_format_by_name(a, format) == ARCHIVE_OK);
  if (std::string(format) == "raw") archive_write_set_bytes_in_last_block(a, 1);
  std::string out(4 << 20, '\0');
  size_t used = 0;
  CHECK(archive_write_open_memory(a, out.data(), out.size(), &used) == ARCHIVE_OK);
  for (const auto& [name, text] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    CHECK(archive_write_header(a, entry) == ARCHIVE_OK);
    CHECK(archive_write_data(a, text.data(), text.size()) == static_cast<la_ssize_t>(text.size()));
    archive_entry_free(entry);
  }
  CHECK(archive_write_close(a) == ARCHIVE_OK);
  archive_write_free(a);
  out.resize(used);
  return out;
}

std::string Gzip(const std::string& text) {
  return Pack({{"x", text}}, "raw", ARCHIVE_FILTER_GZIP);
}

TEST(PackedFiles, StreamsGiveTheRowsOfTheirContent) {
  const std::string text = Csv(0, 500);
  const ReadResult plain = Read("ltcusd.csv", text);
  for (const int filter :
       {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_BZIP2}) {
    const std::string packed = Pack({{"x", text}}, "raw", filter);
    ASSERT_LT(packed.size(), text.size());
    const ReadResult got = Read("ltcusd.csv.x", packed);
    ASSERT_TRUE(got.summary) << got.summary.error().message();
    EXPECT_TRUE(got.rows == plain.rows);
    EXPECT_EQ(got.summary->content_bytes, static_cast<int64_t>(text.size()));
    EXPECT_EQ(got.summary->position.bytes, static_cast<int64_t>(packed.size()));
    EXPECT_TRUE(
        Read("ltcusd.csv.x", packed, TestOptions(), &got.summary->position).summary->unchanged);
  }
}

TEST(PackedFiles, ConcatenatedGzipIsOneContent) {
  const std::string text = Csv(0, 500);
  const ReadResult got = Read("ltcusd.csv.gz", Gzip(text.substr(0, 777)) + Gzip(text.substr(777)));
  ASSERT_TRUE(got.summary);
  EXPECT_EQ(got.rows.size(), 500u);
  EXPECT_EQ(got.rejects.size(), 0u);
}

TEST(PackedFiles, CutStreamKeepsItsRowsAndSaysTruncated) {
  std::string packed = Gzip(Csv(0, 5000));
  packed.resize(packed.size() / 2);
  const ReadResult got = Read("ltcusd.csv.gz", packed);
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  EXPECT_GT(got.rows.size(), 1000u);
  ASSERT_GE(got.rejects.size(), 1u);
  EXPECT_EQ(got.rejects.back().reason, "truncated");
}

TEST(PackedFiles, EveryMemberOfAnArchiveIsRead) {
  const std::vector<std::pair<std::string, std::string>> members = {
      {"LTCUSD-1m-2014-05.csv", Csv(0, 10)},
      {"folder/ethusd.csv", Csv(0, 20)},
      {"__MACOSX/._x", "junk"},
      {"README.txt", "Read me.\n"}};
  for (const auto& [format, filter] : {std::pair{"zip", ARCHIVE_FILTER_NONE},
                                       {"ustar", ARCHIVE_FILTER_NONE},
                                       {"ustar", ARCHIVE_FILTER_GZIP}}) {
    SCOPED_TRACE(format);
    const ReadResult got = Read("binance.zip", Pack(members, format, filter));
    ASSERT_TRUE(got.summary) << got.summary.error().message();
    ASSERT_EQ(got.rows.size(), 30u);
    EXPECT_EQ(got.rows.front().series.ToString(), "binance LTC-USD 1m");
    EXPECT_EQ(got.rows.back().series.ToString(), "binance ETH-USD 1m");
    ASSERT_EQ(got.rejects.size(), 1u);
    EXPECT_EQ(got.rejects[0].reason, "unknown_layout");
    EXPECT_EQ(got.rejects[0].position, static_cast<int64_t>(Csv(0, 10).size() + Csv(0, 20).size()));
    EXPECT_EQ(got.summary->content_bytes,
              static_cast<int64_t>(Csv(0, 10).size() + Csv(0, 20).size() + 9));
  }
}

// A Parquet file of `rows` minutes with one bad row in it.
std::string Parquet(const std::shared_ptr<arrow::DataType>& time_type, int64_t ticks_per_second) {
  arrow::Int64Builder times;
  arrow::DoubleBuilder open, high, low, close, volume;
  for (int i = 0; i < 1000; ++i) {
    CHECK(times.Append((1'400'000'040 + i * 60) * ticks_per_second).ok());
    CHECK(open.Append(i + 1).ok() && high.Append(i == 7 ? 0.5 : 9000).ok() &&
          low.Append(0.25).ok());
    CHECK(close.Append(2).ok() && (i == 3 ? volume.AppendNull() : volume.Append(3)).ok());
  }
  const auto time_column = times.Finish().ValueOrDie()->View(time_type).ValueOrDie();
  const auto& f64 = arrow::float64();
  const auto schema = arrow::schema({arrow::field("date", time_type), arrow::field("open", f64),
                                     arrow::field("close", f64), arrow::field("high", f64),
                                     arrow::field("low", f64), arrow::field("volume", f64)});
  const auto table =
      arrow::Table::Make(schema, {time_column, open.Finish().ValueOrDie(),
                                  close.Finish().ValueOrDie(), high.Finish().ValueOrDie(),
                                  low.Finish().ValueOrDie(), volume.Finish().ValueOrDie()});
  const FileOf file("x", "");
  auto out = arrow::io::FileOutputStream::Open(file.path()).ValueOrDie();
  CHECK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, 300).ok());
  CHECK(out->Close().ok());
  return *ReadFile(file.path());
}

TEST(PackedFiles, ParquetWithAnyKindOfTime) {
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, int64_t>> kinds = {
      {arrow::timestamp(arrow::TimeUnit::MILLI), 1000},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), 1'000'000},
      {arrow::timestamp(arrow::TimeUnit::NANO), 1'000'000'000},
      {arrow::int64(), 1},
      {arrow::int64(), 1000}};
  for (const auto& [type, ticks] : kinds) {
    SCOPED_TRACE(type->ToString());
    const std::string bytes = Parquet(type, ticks);
    const ReadResult got = Read("ltcusd.parquet", bytes);
    ASSERT_TRUE(got.summary) << got.summary.error().message();
    ASSERT_EQ(got.rows.size(), 999u);
    EXPECT_EQ(got.rows[0].series.ToString(), "unknown LTC-USD 1m");
    EXPECT_EQ(got.rows[998].candle.open_time.us, (1'400'000'040 + 999 * 60) * kMicrosPerSecond);
    EXPECT_EQ(got.rows[998].candle.open, 1000);
    EXPECT_TRUE(std::isnan(got.rows[3].candle.volume));
    EXPECT_EQ(got.Reasons(), std::vector<std::string>{"high_below_body@8"});
    EXPECT_EQ(got.rejects[0].position, 7);
    EXPECT_EQ(got.summary->content_bytes, static_cast<int64_t>(bytes.size()));
    EXPECT_TRUE(
        Read("ltcusd.parquet", bytes, TestOptions(), &got.summary->position).summary->unchanged);
  }
}

TEST(PackedFiles, CutParquetIsAnErrorThatSaysSo) {
  const std::string bytes = Parquet(arrow::int64(), 1);
  const ReadResult got = Read("ltcusd.parquet", bytes.substr(0, bytes.size() / 2));
  ASSERT_FALSE(got.summary);
  EXPECT_EQ(got.summary.error().code(), ErrorCode::kParse);
}

TEST(PackedFiles, ArchivesOfTradesHoldOneKind) {
  const std::string trades = "7,10.5,3,31.5,1400000040123,True,True\n";
  const auto pack = [](const std::vector<std::pair<std::string, std::string>>& members) {
    return Pack(members, "zip", ARCHIVE_FILTER_NONE);
  };
  const ReadResult got =
      Read("BTCUSDT-trades-2014.zip", pack({{"BTCUSDT-trades-2014-05-13.csv", trades},
                                            {"BTCUSDT-trades-2014-05-14.csv", trades + trades}}));
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  ASSERT_EQ(got.trades.size(), 3u);
  EXPECT_EQ(got.trades[2].series.ToString(), "binance BTC-USDT");
  EXPECT_TRUE(got.summary->trades && got.summary->with_ids);

  const ReadResult some =
      Read("btcusdt.zip", pack({{"a.csv", trades}, {"b.csv", "1400000040,1,1\n"}}));
  EXPECT_EQ(some.trades.size(), 2u);
  EXPECT_FALSE(some.summary->with_ids) << "one of them has none";

  for (const auto& members :
       {std::vector<std::pair<std::string, std::string>>{{"a.csv", trades}, {"b.csv", Csv(0, 10)}},
        {{"a.csv", Csv(0, 10)}, {"b.csv", trades}}}) {
    const ReadResult mixed = Read("btcusdt.zip", pack(members));
    ASSERT_TRUE(mixed.summary);
    EXPECT_EQ(mixed.rows.size() + mixed.trades.size(), mixed.summary->trades ? 1u : 10u);
    EXPECT_EQ(mixed.Reasons(), std::vector<std::string>{"unknown_layout@1"});
    EXPECT_EQ(mixed.summary->content_bytes,
              static_cast<int64_t>(trades.size() + Csv(0, 10).size()));
  }
}

std::string ParquetOf(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  CHECK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, 2).ok());
  return out->Finish().ValueOrDie()->ToString();
}

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> ArrayOf(const std::vector<Value>& values,
                                      Builder builder = Builder()) {
  for (const Value& value : values) CHECK(builder.Append(value).ok());
  return builder.Finish().ValueOrDie();
}

TEST(PackedFiles, ParquetOfTradesWithAnyKindOfId) {
  const auto times = ArrayOf<arrow::TimestampBuilder, int64_t>(
      {1'400'000'040'123'456'789, 1'400'000'041'000'000'000, 1'400'000'042'000'000'000},
      arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::NANO, "UTC"),
                              arrow::default_memory_pool()));
  const auto prices = ArrayOf<arrow::DoubleBuilder, double>({10.5, 11, 12});
  const auto read = [&](std::shared_ptr<arrow::Array> ids) {
    return Read(
        "btcusdt.parquet",
        ParquetOf({{"time", times},
                   {"id", std::move(ids)},
                   {"price", prices},
                   {"quantity", prices},
                   {"is_buyer_maker", ArrayOf<arrow::BooleanBuilder, bool>({true, false, true})}}));
  };
  const auto ids_of = [](const ReadResult& got) {
    EXPECT_TRUE(got.summary) << got.summary.error().message();
    std::vector<std::string> ids;
    for (const auto& trade : got.trades) ids.push_back(trade.id);
    return ids;
  };
  using Ids = std::vector<std::string>;
  const ReadResult whole =
      read(ArrayOf<arrow::Int64Builder, int64_t>({7, 4'300'000'000, INT64_MAX}));
  EXPECT_EQ(ids_of(whole), (Ids{"7", "4300000000", "9223372036854775807"}));
  ASSERT_EQ(whole.trades.size(), 3u);
  EXPECT_EQ(FormatTime(whole.trades[0].time), "2014-05-13T16:54:00.123456Z");
  EXPECT_EQ(whole.trades[0].side, Side::kSell);
  EXPECT_EQ(whole.trades[1].side, Side::kBuy);
  EXPECT_EQ(whole.trades[1].size, 11);
  EXPECT_TRUE(whole.summary->with_ids);
  EXPECT_EQ(ids_of(read(ArrayOf<arrow::StringBuilder, std::string>({"a-1", "", "07"}))),
            (Ids{"a-1", "", "07"}));
  const ReadResult doubles = read(ArrayOf<arrow::DoubleBuilder, double>({7, 1.2e17, 4.3e9}));
  EXPECT_EQ(ids_of(doubles), (Ids{"7", "4300000000"}));
  EXPECT_EQ(doubles.Reasons(), std::vector<std::string>{"damaged_id@2"});
}

TEST(PackedFiles, S3ObjectsAreListedAndRead) {
  const MotoServer server;
  if (server.endpoint().empty()) GTEST_SKIP() << "moto_server is not installed";
  S3Options s3;
  s3.endpoint = server.endpoint();
  s3.access_key = s3.secret_key = "test";
  s3.first_pause_ms = 1;
  const S3Client client(s3);
  ASSERT_TRUE(client.CreateBucket("data"));
  const std::string text = Csv(0, 500);
  ASSERT_TRUE(client.Put({"data", "candles/ltcusd.csv"}, text));
  ASSERT_TRUE(client.Put({"data", "candles/ethusd.csv.gz"}, Gzip(text)));
  ASSERT_TRUE(client.Put({"data", "candles-old/x.csv"}, text));

  const auto files = ListInputs({"s3://data/candles", "s3://data/candles/*.csv"}, s3);
  ASSERT_TRUE(files) << files.error().message();
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].uri, "s3://data/candles/ethusd.csv.gz");
  const ReadResult packed = Read((*files)[0], TestOptions(), nullptr, s3);
  ASSERT_TRUE(packed.summary) << packed.summary.error().message();
  EXPECT_EQ(packed.rows.size(), 500u);
  const ReadResult plain = Read((*files)[1], TestOptions(), nullptr, s3);
  ASSERT_TRUE(plain.summary);
  EXPECT_EQ(plain.rows.size(), 500u);
  EXPECT_TRUE(Read((*files)[1], TestOptions(), &plain.summary->position, s3).summary->unchanged);
  EXPECT_EQ(ListInputs({"s3://data/none"}, s3).error().code(), ErrorCode::kNotFound);

  ASSERT_TRUE(client.Put({"data", "candles/ltcusd.csv"}, Csv(1, 500)));
  const ReadResult replaced = Read((*files)[1], TestOptions(), nullptr, s3);
  ASSERT_FALSE(replaced.summary);
  EXPECT_EQ(replaced.summary.error().code(), ErrorCode::kConflict);
}

}  // namespace
}  // namespace tidemark
