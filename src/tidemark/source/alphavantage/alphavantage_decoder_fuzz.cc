// Any bytes as a reply of Alpha Vantage; the first byte is what was asked. The shapes that good
// replies have are in the corpus.
#include <string_view>

#include "tidemark/base/fuzz_input.h"
#include "tidemark/source/alphavantage/alphavantage_decoder.h"
#include "tidemark/source/feed/fuzz_sink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  constexpr ReceiveTime kAt{1'700'000'000 * kMicrosPerSecond};
  const RestQuery queries[] = {
      {RestQuery::Kind::kCandles, "BTC-EUR", Interval::Fixed(5 * kMicrosPerMinute)},
      {RestQuery::Kind::kCandles, "BTC-EUR", Interval::Fixed(kMicrosPerDay)},
      {RestQuery::Kind::kCandles, "BTC-EUR", Interval::Week()},
      {RestQuery::Kind::kCandles, "BTC-EUR", Interval::Month()},
      {RestQuery::Kind::kRates, "BTC-EUR", Interval()}};
  FuzzInput in(data, size);
  const RestQuery& query = queries[in.Choose(std::size(queries))];
  AlphaVantageDecoder decoder;
  CheckingSink sink(kAt);
  decoder.Decode(query, in.rest(), kAt, sink);
  CHECK(sink.events() > 0);
  const AlphaVantageReply& reply = decoder.reply();
  CHECK(reply.rate.has_value() == (reply.kind == AlphaVantageReply::Kind::kRate));
  CHECK((reply.closed_until > kMinTime) == (reply.closed > 0));
  CHECK(reply.closed + reply.open + reply.rejected <= sink.events());
  return 0;
}
