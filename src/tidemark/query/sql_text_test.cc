#include "tidemark/query/sql_text.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(SqlMentions, FindsWholeWordsInAnyCase) {
  EXPECT_TRUE(SqlMentions("SELECT * FROM Candles", "candles"));
  EXPECT_TRUE(SqlMentions("candles", "CANDLES"));
  EXPECT_TRUE(SqlMentions("select 1 from \"candles\"c", "candles"));
  EXPECT_TRUE(SqlMentions("from vendor_candles,candles;", "candles"));
  EXPECT_FALSE(SqlMentions("from vendor_candles", "candles"));
  EXPECT_FALSE(SqlMentions("from candles_1", "candles"));
  EXPECT_FALSE(SqlMentions("", "candles"));
}

TEST(TrimSql, TakesCommentsAndSemicolonsAway) {
  EXPECT_EQ(TrimSql(" -- so\n/* and so */ select ';' ; ; -- end"), "select ';'");
  EXPECT_EQ(TrimSql("; --"), "");
  EXPECT_EQ(TrimSql("select '-- no comment'"), "select '-- no comment'");
}

TEST(TakeSqlWord, IsTheFirstWordInLowerCase) {
  std::string_view sql = "/* x */ EXPLAIN Analyze select 1";
  EXPECT_EQ(TakeSqlWord(&sql), "explain");
  EXPECT_EQ(TakeSqlWord(&sql), "analyze");
  EXPECT_EQ(sql, " select 1");
}

TEST(SqlQuoted, DoublesQuotes) {
  EXPECT_EQ(SqlQuoted("it's"), "'it''s'");
  EXPECT_EQ(SqlName("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace tidemark
