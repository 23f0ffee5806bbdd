#include "tidemark/flow/fold_month.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(FoldMonth, MidnightOnTheFirstBelongsToTheMonthBefore) {
  const EventTime january = ParseTime("2020-01-01").value();
  EXPECT_EQ(FoldMonthOf(january), ParseTime("2019-12-01").value());
  EXPECT_EQ(FoldMonthOf(january + 1), january);
  EXPECT_FALSE(FoldMonth(january).Contains(january));
  EXPECT_TRUE(FoldMonth(january).Contains(ParseTime("2020-02-01").value()));
}

TEST(FoldMonth, MonthsTileTime) {
  EventTime month = ParseTime("2015-11-01").value();
  for (int i = 0; i < 20; ++i) {
    const EventTime next = AddMonths(month, 1);
    EXPECT_EQ(FoldMonth(month).end, FoldMonth(next).start);
    EXPECT_EQ(FoldMonthOf(FoldMonth(month).start), month);
    EXPECT_EQ(FoldMonthOf(FoldMonth(month).end - 1), month);
    month = next;
  }
}

}  // namespace
}  // namespace tidemark
