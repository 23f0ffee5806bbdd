// Rows for the lake room's tests.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <string>

#include "tidemark/base/file.h"
#include "tidemark/base/random.h"
#include "tidemark/lake/lake.h"
#include "tidemark/market/candle.h"

namespace tidemark::lake_test {

inline const SeriesKey kLtc{"bitfinex", "LTC-USD", "1m"};
inline const SeriesKey kEth{"bitfinex", "ETH-USD", "1m"};

inline EventTime At(std::string_view text) { return *ParseTime(text); }

// One row per minute from `start`; prices drawn from `seed`, a volume now and then null.
inline Batch Candles(const SeriesKey& series, EventTime start, size_t count, uint64_t seed) {
  Batch rows(VendorCandlesTable().schema);
  Random random(seed);
  const auto text = [&](const char* column, std::string_view value) {
    rows[column].strings.AppendRepeated(value, count);
  };
  text("venue", series.venue);
  text("symbol", series.symbol);
  text("interval", series.interval);
  text("source", "file:ltcusd.csv");
  for (size_t i = 0; i < count; ++i) {
    rows["open_time"].ints.push_back(start.us + static_cast<int64_t>(i) * kMicrosPerMinute);
    for (const char* column : {"open", "high", "low", "close"}) {
      rows[column].doubles.push_back(100 + std::floor(random.Normal() * 100) / 100);
    }
    rows["volume"].doubles.push_back(random.Bernoulli(0.1) ? kNull : random.Uniform() * 50);
    rows["received_at"].ints.push_back(start.us);
    rows["revision"].ints.push_back(0);
  }
  rows.SetRows(count);
  return rows;
}

inline bool SameBits(const Batch& a, const Batch& b) {
  if (a.rows != b.rows || a.schema != b.schema) return false;
  for (size_t c = 0; c < a.columns.size(); ++c) {
    const Column &x = a.columns[c], &y = b.columns[c];
    for (size_t i = 0; i < a.rows; ++i) {
      switch (a.schema.fields[c].type) {
        case ColumnType::kString:
        case ColumnType::kBytes:
          if (!Batch::CellsEqual(a, i, b, i, c)) return false;
          break;
        case ColumnType::kDouble:
          if (std::isnan(x.doubles[i]) && std::isnan(y.doubles[i])) break;
          if (std::bit_cast<uint64_t>(x.doubles[i]) != std::bit_cast<uint64_t>(y.doubles[i])) {
            return false;
          }
          break;
        default:
          if (x.ints[i] != y.ints[i]) return false;
      }
    }
  }
  return true;
}

// An empty folder for one test, and lakes in it.
class LakeTest : public testing::Test {
 protected:
  // In memory where the machine has a folder for that: these tests sync thousands of times.
  void SetUp() override {
    if (IsDirectory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
    folder_ = *MakeTemporaryDirectory("tidemark-lake-");
  }
  void TearDown() override { (void)RemoveTree(folder_); }

  std::string root() const { return folder_ + "/lake"; }
  std::unique_ptr<Lake> OpenWriter() {
    auto lake = Lake::Open(root(), S3Options(), clock_);
    EXPECT_TRUE(lake);
    const auto locked = (*lake)->LockForWriting("test");
    EXPECT_TRUE(locked) << locked.error().message();
    return *std::move(lake);
  }
  // One epoch that runs `change(writer)`.
  template <typename Change>
  Status Write(Lake& lake, const Change& change) {
    TM_ASSIGN(const LakeView base, lake.Pin());
    TM_ASSIGN(const auto writer, lake.Begin(base));
    TM_TRY(change(*writer));
    TM_ASSIGN(const PreparedEpoch prepared, writer->Prepare());
    clock_.Advance(kMicrosPerHour);
    return lake.Commit(prepared);
  }
  Status WriteCandles(Lake& lake, const SeriesKey& series, const Batch& rows) {
    return Write(lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
      return writer.Replace(VendorCandlesTable(), series, RangeOf(rows), rows);
    });
  }
  static TimeRange RangeOf(const Batch& rows) {
    const auto& at = rows["open_time"].ints;
    return {EventTime{at.front()}, EventTime{at.back() + 1}};
  }

  ManualClock clock_{ReceiveTime{At("2024-01-01").us}};
  std::string folder_;
};

// The message of a failed result, for assertions.
template <typename T>
std::string Why(const Result<T>& result) {
  return result ? "" : result.error().message();
}

}  // namespace tidemark::lake_test
