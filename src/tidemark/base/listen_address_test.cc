#include "tidemark/base/listen_address.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(ListenAddress, IsThisMachineUnlessSaid) {
  EXPECT_EQ(ListenAddress::Parse(":9464"), (ListenAddress{"127.0.0.1", 9464}));
  EXPECT_EQ(ListenAddress::Parse("localhost:0"), (ListenAddress{"127.0.0.1", 0}));
  EXPECT_EQ(ListenAddress::Parse("0.0.0.0:65535"), (ListenAddress{"0.0.0.0", 65535}));
  EXPECT_EQ(ListenAddress::Parse("[::1]:80"), (ListenAddress{"::1", 80}));
}

TEST(ListenAddress, WritesWhatItReads) {
  for (const char* text : {"127.0.0.1:9464", "[::1]:80", "[::]:1"}) {
    EXPECT_EQ(ListenAddress::Parse(text)->ToString(), text);
  }
}

TEST(ListenAddress, RefusesAllElse) {
  for (const char* text :
       {"", ":", "9464", "1.2.3.4", "1.2.3.4:", "1.2.3:80", "::1:80", "[1.2.3.4]:8", "[]:80",
        ":65536", ":-1", ": 80", ":80 ", ":0x50", "example.com:80"}) {
    const auto read = ListenAddress::Parse(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tidemark
