#include "tidemark/source/bitstamp/bitstamp_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

Strings Decoded(std::string_view message) {
  BitstampDecoder decoder;
  return EventsOf(decoder, message);
}

std::string TradeWith(std::string_view fields) {
  return fmt::format(R"({{"data":{{"id":216000477,{}}},"channel":"live_trades_ethusd",)"
                     R"("event":"trade"}})",
                     fields);
}

TEST(BitstampDecoder, TypeZeroIsABuyAndTextsAreReadBeforeNumbers) {
  EXPECT_EQ(Decoded(TradeWith(R"("timestamp":"1641343699","amount":0.07,"amount_str":"0.07920000",)"
                              R"("price":3805,"price_str":"3805.44","type":0,)"
                              R"("microtimestamp":"1641343699596001")")),
            Strings{"trade ethusd 2022-01-05T00:48:19Z id '216000477' 0.0792 @ 3805.44 buy "
                    "live"});
  EXPECT_EQ(Decoded(TradeWith(R"("timestamp":"1641343699","amount":0.5,"price":3805,"type":1)")),
            Strings{"trade ethusd 2022-01-05T00:48:19Z id '216000477' 0.5 @ 3805 sell live"});
}

TEST(BitstampDecoder, ControlsSayWhatToDo) {
  EXPECT_EQ(Decoded(R"({"event":"bts:subscription_succeeded","channel":"live_trades_ethusd",)"
                    R"("data":{}})"),
            Strings{"control subscribed none [live_trades] [ethusd] "});
  EXPECT_EQ(Decoded(R"({"event":"bts:unsubscription_succeeded","channel":"live_trades_ethusd",)"
                    R"("data":{}})"),
            Strings{"control unsubscribed none [live_trades] [ethusd] "});
  EXPECT_EQ(Decoded(R"({"event":"bts:request_reconnect","channel":"","data":""})"),
            Strings{"control notice reconnect [] [] bts:request_reconnect"});
  EXPECT_EQ(Decoded(R"({"event":"bts:heartbeat","channel":"","data":{"status":"success"}})"),
            Strings{"control heartbeat none [] [] "});
  EXPECT_EQ(Decoded(R"({"event":"bts:error","channel":"live_trades_xxx",)"
                    R"("data":{"code":4009,"message":"Connection is unauthorized."}})"),
            Strings{"control error drop_symbol [live_trades] [xxx] Connection is unauthorized."});
}

TEST(BitstampDecoder, OrdersAndBooksAreCounted) {
  EXPECT_EQ(Decoded(R"({"event":"order_deleted","channel":"live_orders_btcusd","data":{}})"),
            Strings{"book order_deleted btcusd"});
  EXPECT_EQ(Decoded(R"({"event":"data","channel":"detail_order_book_btcusd","data":)"
                    R"({"microtimestamp":"1641343691244908","bids":[["1","2","3"]],"asks":[]}})"),
            Strings{"book detail_order_book btcusd"});
}

TEST(BitstampDecoder, DamagedMessagesAreRejectedWithTheirReason) {
  EXPECT_EQ(Decoded(TradeWith(R"("timestamp":"1641343699","amount":0.5,"price":3805,"type":2)")),
            Strings{"reject bad_side -1 type '2' is neither 0 nor 1"});
  EXPECT_EQ(Decoded(TradeWith(R"("amount":0.5,"price":3805,"type":1)")),
            Strings{"reject missing_value -1 timestamp is missing"});
  EXPECT_EQ(Decoded(R"({"event":"trade","channel":"live","data":{}})"),
            Strings{"reject bad_symbol -1 channel names no pair"});
  EXPECT_EQ(Decoded(R"({"event":"trade","channel":"live_trades_ethusd"})"),
            Strings{"reject missing_value -1 data is missing"});
  EXPECT_EQ(Decoded(R"({"event":"rumour","channel":"a_b","data":{}})"),
            Strings{"reject unknown_message -1 a rumour of no known kind"});
}

TEST(BitstampDecoder, TheRecordingIsTakenWhole) {
  const std::string name = "bitstamp/BITSTAMP.ws.1.0";
  TM_NEEDS_RECORDING(name);
  BitstampDecoder decoder;
  const EventCounts got = CountsOfRecording(decoder, name);
  const std::map<std::string, int> expected = {{"messages", 747},
                                               {"book diff_order_book", 717},
                                               {"control subscribed diff_order_book", 10},
                                               {"control subscribed live_trades", 10},
                                               {"trade live", 10}};
  EXPECT_EQ(got.counts, expected) << got.first_reject;
}

}  // namespace
}  // namespace tidemark
