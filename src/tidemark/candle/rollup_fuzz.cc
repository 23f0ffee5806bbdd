// Any bytes as the state of a roll-up: refused, or a state that saves to the same bytes, takes rows
// and gives candles.
#include "tidemark/candle/rollup.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const Interval targets[] = {Interval::Fixed(kMicrosPerHour), Interval::Fixed(kMicrosPerDay),
                              Interval::Week(), Interval::Month()};
  Rollup rollup = *Rollup::Make(Interval(), targets[in.Choose(std::size(targets))]);
  const bool edited = in.Choose(2) == 0;
  CandleColumns rows;
  for (int64_t i = 0; i < 5; ++i) {
    rows.Append({{1'600'000'020'000'000 + i * 1000 * kMicrosPerMinute}, 3, 4, 1, 2, 0.5});
  }
  std::string bytes(in.rest());
  if (edited) {
    RolledCandles closed;
    rollup.Step(rows, 0, 2, &closed);
    ByteWriter state;
    rollup.Save(state);
    bytes = in.Edit(state.Take());
  }
  ByteReader reader(bytes);
  const auto loaded = rollup.Load(reader);
  if (!loaded) {
    CHECK(loaded.error().code() == ErrorCode::kCorrupt && rollup.empty());
    return 0;
  }
  ByteWriter saved;
  rollup.Save(saved);
  CHECK(bytes.starts_with(saved.bytes()));
  RolledCandles out;
  rollup.Step(rows, 2, rows.size(), &out);
  rollup.AdvanceTo(EventTime{1'700'000'000'000'000}, &out);
  for (size_t i = 0; i < out.size(); ++i) {
    CHECK(out.open_time[i] < out.close_time[i] && out.rows[i] > 0 && out.expected_rows[i] > 0);
  }
  return 0;
}
