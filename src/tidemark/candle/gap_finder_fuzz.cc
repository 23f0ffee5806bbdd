// Any bytes as the state of the gap finder: refused, or a state that saves to the same bytes and
// goes on.
#include "tidemark/candle/gap_finder.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const Interval bases[] = {Interval(), Interval::Fixed(kMicrosPerDay), Interval::Month()};
  const Interval base = bases[in.Choose(std::size(bases))];
  GapFinder finder(base);
  const bool edited = in.Choose(2) == 0;
  CandleColumns rows;
  EventTime at = base.OpenOf(EventTime{1'500'000'000'000'000});
  for (int i = 0; i < 80; ++i) {
    rows.Append({at, 3, 4, 1, 2, 0.5});
    for (int skipped = i % 7; skipped >= 0; --skipped) at = base.CloseOf(at);
  }
  std::string bytes(in.rest());
  if (edited) {
    std::vector<Gap> gaps;
    finder.Step(rows, 0, 40, &gaps);
    ByteWriter state;
    finder.Save(state);
    bytes = in.Edit(state.Take());
  }
  ByteReader reader(bytes);
  const auto loaded = finder.Load(reader);
  if (!loaded) {
    CHECK(loaded.error().code() == ErrorCode::kCorrupt);
    return 0;
  }
  ByteWriter saved;
  finder.Save(saved);
  CHECK(bytes.starts_with(saved.bytes()));
  std::vector<Gap> gaps;
  finder.Step(rows, 40, rows.size(), &gaps);
  for (const Gap& gap : gaps) CHECK(gap.from < gap.to && gap.missing > 0);
  return 0;
}
