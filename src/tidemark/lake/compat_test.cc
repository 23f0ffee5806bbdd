// Writes a lake for readers that are not ours (tests/compat/lake_readers_test.py) with the values
// that formats lose: nulls, both zeros, the ends of the double range, odd text, odd partitions.
#include <fmt/format.h>

#include <limits>

#include "tidemark/base/json.h"
#include "tidemark/lake/row_order.h"
#include "tidemark/lake/test_rows.h"

namespace tidemark {
namespace {

using lake_test::At;
using lake_test::Candles;
using lake_test::kEth;
using lake_test::kLtc;
using lake_test::SameBits;
using lake_test::Why;

const std::vector<std::string> kOddTexts = {"",
                                            "plain",
                                            "naïve – ≥ 日本 🜚",
                                            "a/b c=d%20:?#",
                                            std::string("nul\0inside", 10),
                                            "\"quoted\"\n"};

Batch OddCandles(const SeriesKey& series) {
  Batch rows = Candles(series, At("2020-02-29T23:55:00Z"), 12, 9);
  using Limits = std::numeric_limits<double>;
  const double odd[] = {-0.0,
                        0.0,
                        Limits::denorm_min(),
                        Limits::max(),
                        Limits::lowest(),
                        Limits::min(),
                        0.1 + 0.2,
                        1e-300,
                        kNull,
                        123456789.125,
                        1.0 / 3,
                        5};
  for (size_t i = 0; i < 12; ++i) rows["volume"].doubles[i] = odd[i];
  rows["source"].strings = StringColumn();
  for (size_t i = 0; i < 12; ++i) rows["source"].strings.Append(kOddTexts[i % kOddTexts.size()]);
  rows["received_at"].ints[3] = At("2020-03-01").us + 123456;
  return rows;
}

Batch OddRejects() {
  Batch rows(RejectsTable().schema);
  for (size_t i = 0; i < kOddTexts.size(); ++i) {
    for (const char* name : {"source", "content_hash", "reason", "message"}) {
      rows[name].strings.Append(kOddTexts[i]);
    }
    rows["bytes"].strings.Append(std::string("\xff\x00\xfe", 3) + kOddTexts[i]);
    rows["position"].ints.push_back(static_cast<int64_t>(i) * 1'000'000'000'000);
    rows["line"].ints.push_back(INT64_MAX - static_cast<int64_t>(i));
    rows["epoch"].ints.push_back(-static_cast<int64_t>(i));
  }
  rows.SetRows(kOddTexts.size());
  return rows;
}

Json Cell(const Batch& rows, size_t column, size_t row) {
  const Column& values = rows.columns[column];
  switch (rows.schema.fields[column].type) {
    case ColumnType::kString:
      return values.strings.IsNull(row) ? Json() : Json::String(values.strings.At(row));
    case ColumnType::kBytes: {
      if (values.strings.IsNull(row)) return Json();
      std::string hex;
      for (const char c : values.strings.At(row)) {
        hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
      }
      return Json::String(hex);
    }
    case ColumnType::kDouble:
      if (std::isnan(values.doubles[row])) return Json();
      return Json::String(fmt::format("{:016x}", std::bit_cast<uint64_t>(values.doubles[row])));
    default:
      return values.ints[row] == kNullInt ? Json() : Json::Int(values.ints[row]);
  }
}

// {"candles": {"columns": [...], "types": [...], "rows": [[...], ...]}}: doubles as bits, bytes as
// hex, times in microseconds.
std::string Expected(const LakeView& view, const std::vector<TableSpec>& specs) {
  Json all = Json::Object();
  for (const TableSpec& spec : specs) {
    const Batch rows = *view.Read(spec);
    Json columns = Json::Array(), types = Json::Array(), table = Json::Array();
    for (const Field& field : rows.schema.fields) {
      columns.Add(Json::String(field.name));
      types.Add(Json::Int(static_cast<int64_t>(field.type)));
    }
    for (size_t i = 0; i < rows.rows; ++i) {
      Json row = Json::Array();
      for (size_t c = 0; c < rows.columns.size(); ++c) row.Add(Cell(rows, c, i));
      table.Add(std::move(row));
    }
    all.Set(spec.name, Json::Object()
                           .Set("columns", std::move(columns))
                           .Set("types", std::move(types))
                           .Set("rows", std::move(table)));
  }
  return all.Dump();
}

class CompatLake : public lake_test::LakeTest {};

TEST_F(CompatLake, OddValuesReadBackAndAreWrittenForOtherReaders) {
  const char* given = std::getenv("TIDEMARK_COMPAT_FOLDER");
  const std::string folder = given == nullptr ? folder_ : given;
  auto lake = *Lake::Open(folder + "/lake", S3Options(), clock_);
  ASSERT_TRUE(lake->LockForWriting("test"));
  const SeriesKey odd{"büro/1 %", "A-B", "1m"};
  const TableSpec wide = FeaturesTable({"sma_30", "rsi_14"});
  const TableSpec narrow = FeaturesTable({"sma_30"});
  const auto feature = [&](const TableSpec& spec, const char* time, double value) {
    Batch rows(spec.schema);
    rows["venue"].strings.Append("bitfinex");
    rows["symbol"].strings.Append("LTC-USD");
    rows["interval"].strings.Append("1m");
    rows["time"].ints.push_back(At(time).us);
    for (size_t c = 4; c < rows.columns.size(); ++c) rows.columns[c].doubles.push_back(value);
    rows.SetRows(1);
    return rows;
  };
  const auto declare = [&](EpochWriter& writer) -> Status {
    for (const TableSpec* spec : {&VendorCandlesTable(), &RejectsTable(), &IssuedTable()}) {
      TM_TRY(writer.DeclareTable(*spec, {{"tidemark.spec_hash", "0123"}}));
    }
    return {};
  };
  auto written = Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(declare(writer));
    TM_TRY(writer.DeclareTable(narrow, {}));
    TM_TRY(writer.Append(narrow, feature(narrow, "2020-01-01", 1.5)));
    const Batch big = Candles(kLtc, At("2019-12-15"), 45'000, 1);
    TM_TRY(writer.Replace(VendorCandlesTable(), kLtc, RangeOf(big), big));
    TM_TRY(writer.Replace(VendorCandlesTable(), kEth, TimeRange::All(), OddCandles(kEth)));
    TM_TRY(writer.Append(RejectsTable(), OddRejects()));
    return writer.Replace(VendorCandlesTable(), odd, TimeRange::All(), OddCandles(odd));
  });
  ASSERT_TRUE(written) << Why(written);
  // Past a checkpoint, with removed files and an added column on the way.
  for (int i = 0; i < 12; ++i) {
    written = Write(*lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(declare(writer));
      TM_TRY(writer.DeclareTable(wide, {}));
      if (i == 0) TM_TRY(writer.Append(wide, feature(wide, "2020-01-02", -0.0)));
      const Batch fix =
          Candles(kLtc, At("2019-12-20") + i * kMicrosPerMinute, 3, static_cast<uint64_t>(100 + i));
      return writer.Replace(VendorCandlesTable(), kLtc, RangeOf(fix), fix);
    });
    ASSERT_TRUE(written) << Why(written);
  }
  const LakeView view = *lake->Pin();
  ReadFilter filter;
  filter.series = kEth;
  EXPECT_TRUE(SameBits(*view.Read(VendorCandlesTable(), filter), OddCandles(kEth)));
  filter.series = odd;
  EXPECT_TRUE(SameBits(*view.Read(VendorCandlesTable(), filter), OddCandles(odd)));
  EXPECT_TRUE(SameBits(*view.Read(RejectsTable()), Sorted(OddRejects(), RejectsTable().sort_by)));
  EXPECT_TRUE(lake->CheckIntegrity(view, {.statistics = true})->empty());
  const auto read = view.Read(wide);
  EXPECT_TRUE(std::isnan((*read)["rsi_14"].doubles[0]));
  EXPECT_TRUE(std::signbit((*read)["rsi_14"].doubles[1]));
  ASSERT_TRUE(
      WriteFileSynced(folder + "/expected.json",
                      Expected(view, {VendorCandlesTable(), RejectsTable(), IssuedTable(), wide})));
}

TEST_F(CompatLake, TextThatIsNotUtf8IsRefused) {
  auto lake = OpenWriter();
  const auto written = Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(writer.DeclareTable(RejectsTable(), {}));
    Batch rows = OddRejects();
    rows["message"].strings.dictionary[1] = "\xff";
    return writer.Append(RejectsTable(), rows);
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tidemark
