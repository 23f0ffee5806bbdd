// Which topics a message of the venue speaks of. Looking up allocates nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

class TopicTable {
 public:
  explicit TopicTable(std::vector<FeedTopic> topics);

  const std::vector<FeedTopic>& topics() const { return topics_; }
  const FeedTopic& operator[](size_t index) const { return topics_[index]; }
  size_t size() const { return topics_.size(); }

  // Indexes of the topics of a symbol as messages spell it.
  std::span<const size_t> Of(std::string_view spelling) const;
  // That of its trades, or of its candles; npos: none.
  size_t TradesOf(std::string_view spelling) const;
  size_t CandlesOf(std::string_view spelling, const Interval& interval) const;
  static constexpr size_t npos = static_cast<size_t>(-1);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<FeedTopic> topics_;
  // Only for look-up, never iterated.
  std::unordered_map<std::string, std::vector<size_t>, Hash, std::equal_to<>> by_spelling_;
};

}  // namespace tidemark
