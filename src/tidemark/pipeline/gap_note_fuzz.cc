// Any bytes as a note about a gap, and as the reason of one in `gap_events`: refused, or written as
// what reads the same again.
#include "tidemark/pipeline/gap_note.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/pipeline/trade_gaps.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  std::string text;
  switch (in.Choose(5)) {
    case 0:
      text = in.rest();
      break;
    case 1:
      text = in.Edit("lost BTC-USD disconnect 1706709600000000 1706709599900000");
      break;
    case 2:
      text = in.Edit("whole BTC-USD silence 1706709600000000 1706709660000000");
      break;
    case 3:
      text = in.Edit("missed BTC-USD cross_check 1706709600000000 1706709659999999");
      break;
    default:
      text = in.Edit("ids 11 to 20");
  }
  if (const auto note = GapNote::Parse(text)) {
    const auto again = GapNote::Parse(note->ToString());
    CHECK(again && *again == *note);
  }
  if (const auto gap = IdGapOf({{1}, {2}, text})) {
    CHECK(gap->begin < gap->end);
    CHECK(IdGapOf(TradeGapOf(*gap)) == gap);
  }
  return 0;
}
