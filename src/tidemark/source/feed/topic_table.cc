#include "tidemark/source/feed/topic_table.h"

namespace tidemark {

TopicTable::TopicTable(std::vector<FeedTopic> topics) : topics_(std::move(topics)) {
  for (size_t i = 0; i < topics_.size(); ++i) by_spelling_[topics_[i].spelling].push_back(i);
}

std::span<const size_t> TopicTable::Of(std::string_view spelling) const {
  const auto found = by_spelling_.find(spelling);
  if (found == by_spelling_.end()) return {};
  return found->second;
}

size_t TopicTable::TradesOf(std::string_view spelling) const {
  for (const size_t i : Of(spelling)) {
    if (topics_[i].kind == FeedKind::kTrades) return i;
  }
  return npos;
}

size_t TopicTable::CandlesOf(std::string_view spelling, const Interval& interval) const {
  for (const size_t i : Of(spelling)) {
    if (topics_[i].kind == FeedKind::kCandles && topics_[i].interval == interval) return i;
  }
  return npos;
}

}  // namespace tidemark
