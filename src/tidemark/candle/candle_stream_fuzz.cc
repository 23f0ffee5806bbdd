// Any bytes as the state of a candle stream: refused, or a state that saves to the same bytes,
// takes trades and gives candles.
#include "tidemark/candle/candle_stream.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const size_t kind = in.Choose(4);
  const bool edited = kind != 0, changes = kind == 1;
  const CandleStreamOptions options{
      .intervals = {Interval(), Interval::Fixed(kMicrosPerHour), Interval::Month()},
      .start = {1'600'000'000'000'000},
      .retention_us = 3 * kMicrosPerHour};
  TradeColumns rows;
  const char* const ids[] = {"1", "3", "2", "3", "x", "", "y", "9"};
  for (int64_t i = 0; i < 8; ++i) {
    rows.Append({.time = {1'600'000'020'000'000 + i / 2 * 40 * kMicrosPerMinute},
                 .sequence = i < 6 ? kNullInt : 5,
                 .id = ids[i],
                 .price = 3 + static_cast<double>(i),
                 .size = 0.5,
                 .side = Side::kBuy,
                 .cancelled = i == 3});
  }
  std::vector<size_t> too_old;
  std::vector<StreamCandle> out;
  // A state, and what came after it.
  CandleStream good(options);
  good.Take(rows, 1, 7, &too_old);
  good.AdvanceTo({1'600'000'000'000'000 + 70 * kMicrosPerMinute}, &out);
  ByteWriter before, state, after;
  good.SaveChanges(before);
  good.Take(rows, 0, 2, &too_old);
  good.Save(state);
  good.AdvanceTo({1'600'000'000'000'000 + 220 * kMicrosPerMinute}, &out);
  good.SaveChanges(after);

  CandleStream stream(options);
  std::string bytes =
      edited ? in.Edit(state.Take(), changes ? 0 : 1 << 20) : std::string(in.rest());
  ByteReader reader(bytes);
  Status loaded = stream.Load(reader);
  if (loaded) {
    ByteWriter saved;
    stream.Save(saved);
    CHECK(bytes.starts_with(saved.bytes()));
    const std::string more = changes ? in.Edit(after.Take()) : after.Take();
    ByteReader then(more);
    loaded = stream.LoadChanges(then);
  }
  if (!loaded) {
    CHECK(loaded.error().code() == ErrorCode::kCorrupt && stream.rows_held() == 0);
    return 0;
  }
  stream.Take(rows, 0, rows.rows(), &too_old);
  out.clear();
  for (const int64_t minutes : {50, 120, 500, 100'000}) {
    stream.AdvanceTo({1'600'000'000'000'000 + minutes * kMicrosPerMinute}, &out);
  }
  for (const StreamCandle& c : out) {
    CHECK(c.open_time < c.close_time && c.values.trades >= 0 && c.rows <= c.expected_rows);
    CHECK(c.values.trades == 0 || (c.values.low > 0 && c.values.low <= c.values.high));
  }
  return 0;
}
