// The sources of a lake by number, with the rank the configuration gives them.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tidemark {

class SourceList {
 public:
  // The number of `uri`, added with `rank` when new.
  int32_t Add(const std::string& uri, int32_t rank = 0) {
    const auto [it, added] = index_.try_emplace(uri, static_cast<int32_t>(names_.size()));
    if (added) {
      names_.push_back(uri);
      ranks_.push_back(rank);
    }
    return it->second;
  }
  void SetRank(int32_t source, int32_t rank) { ranks_[static_cast<size_t>(source)] = rank; }
  // -1 when there is no such source.
  int32_t Find(const std::string& uri) const {
    const auto it = index_.find(uri);
    return it == index_.end() ? -1 : it->second;
  }
  const std::string& NameOf(int32_t source) const { return names_[static_cast<size_t>(source)]; }
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<int32_t>& ranks() const { return ranks_; }
  size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::vector<int32_t> ranks_;
  std::map<std::string, int32_t> index_;
};

}  // namespace tidemark
