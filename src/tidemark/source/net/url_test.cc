#include "tidemark/source/net/url.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Url, PartsAreTold) {
  const auto url = ParseUrl("wss://stream.binance.com:9443/stream?streams=a/b");
  ASSERT_TRUE(url) << url.error().message();
  EXPECT_TRUE(url->secure);
  EXPECT_TRUE(url->websocket);
  EXPECT_EQ(url->host, "stream.binance.com");
  EXPECT_EQ(url->port, "9443");
  EXPECT_EQ(url->target, "/stream?streams=a/b");
  EXPECT_EQ(url->HostHeader(), "stream.binance.com:9443");
}

TEST(Url, PortAndPathHaveDefaults) {
  EXPECT_EQ(ParseUrl("wss://ws.kraken.com")->port, "443");
  EXPECT_EQ(ParseUrl("ws://localhost")->port, "80");
  EXPECT_FALSE(ParseUrl("ws://localhost")->secure);
  EXPECT_EQ(ParseUrl("https://a.b?x=1")->target, "/?x=1");
  EXPECT_EQ(ParseUrl("https://a.b")->HostHeader(), "a.b");
  EXPECT_EQ(ParseUrl("http://[::1]:8080/")->host, "::1");
  EXPECT_EQ(ParseUrl("http://[::1]:8080/")->HostHeader(), "[::1]:8080");
}

TEST(Url, WhatIsNoAddressIsRefused) {
  for (const char* text : {"", "stream.binance.com", "ftp://a", "wss://", "wss://:443", "ws://a:0",
                           "ws://a:99999", "ws://a:1:2", "ws://a b", "ws://a/\r\nHost: b",
                           "ws://[::1", "ws://user@host", "ws://a/#x", "ws://a:x"}) {
    const auto url = ParseUrl(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code(), ErrorCode::kParse);
  }
}

TEST(HttpDate, IsReadAndWritten) {
  const EventTime time = *ParseTime("2015-10-21T07:28:00Z");
  EXPECT_EQ(ParseHttpDate("Wed, 21 Oct 2015 07:28:00 GMT"), time);
  for (const char* text : {"Wed, 21 Oct 2015 07:28:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
                           "Thu, 29 Feb 2024 23:59:59 GMT", "Sun, 28 Dec 1969 12:00:00 GMT"}) {
    ASSERT_TRUE(ParseHttpDate(text)) << text;
    EXPECT_EQ(FormatHttpDate(*ParseHttpDate(text)), text);
    EXPECT_EQ(FormatHttpDate(*ParseHttpDate(text) + 999'999), text);
  }
  EXPECT_EQ(ParseHttpDate("2015-10-21T07:28:00Z"), std::nullopt);
  EXPECT_EQ(ParseHttpDate("Wed, 21 Oct 2015 07:28.12 GMT"), std::nullopt);
}

TEST(ServerTime, IsLaterByTheAgeOfACache) {
  const EventTime time = *ParseTime("2015-10-21T07:28:00Z");
  EXPECT_EQ(ParseServerTime("Wed, 21 Oct 2015 07:28:00 GMT", ""), time);
  EXPECT_EQ(ParseServerTime("Wed, 21 Oct 2015 07:28:00 GMT", "90"), time + 90 * kMicrosPerSecond);
  EXPECT_EQ(ParseServerTime("Wed, 21 Oct 2015 07:28:00 GMT", "old"), std::nullopt);
  EXPECT_EQ(ParseServerTime("", "90"), std::nullopt);
}

TEST(RetryAfter, SecondsAndDates) {
  const EventTime now = *ParseTime("2015-10-21T07:27:30Z");
  EXPECT_EQ(ParseRetryAfter("120", now), 120 * kMicrosPerSecond);
  EXPECT_EQ(ParseRetryAfter(" 0 ", now), 0);
  EXPECT_EQ(ParseRetryAfter("99999999", now), kMicrosPerDay);
  EXPECT_EQ(ParseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT", now), 30 * kMicrosPerSecond);
  EXPECT_EQ(ParseRetryAfter("Wed, 21 Oct 2015 07:00:00 GMT", now), 0);
  for (const char* text : {"", "-1", "soon", "Wed, 99 Oct 2015 07:28:00 GMT"}) {
    EXPECT_EQ(ParseRetryAfter(text, now), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tidemark
