#include "tidemark/market/trade.h"

namespace tidemark {

std::optional<int64_t> IdNumber(std::string_view id) {
  if (id.empty() || id.size() > 18 || (id[0] == '0' && id.size() > 1)) return std::nullopt;
  int64_t number = 0;
  for (const char c : id) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

void TradeColumns::Append(const Trade& trade, std::optional<int64_t> number) {
  const bool text = !number && !trade.id.empty();
  if (text && id_text.empty()) id_text.resize(rows());
  if (text || !id_text.empty()) id_text.emplace_back(text ? trade.id : std::string_view());
  time.push_back(trade.time.us);
  sequence.push_back(trade.sequence);
  id.push_back(number.value_or(kNullInt));
  price.push_back(trade.price);
  size.push_back(trade.size);
  side.push_back(trade.side);
  cancelled.push_back(trade.cancelled ? 1 : 0);
}

void TradeColumns::Append(const TradeColumns& other, size_t begin, size_t end) {
  if (id_text.empty() && !other.id_text.empty()) id_text.resize(rows());
  if (!id_text.empty() || !other.id_text.empty()) {
    for (size_t i = begin; i < end; ++i) {
      id_text.push_back(other.id_text.empty() ? std::string() : other.id_text[i]);
    }
  }
  const auto add = [&](auto& to, const auto& from) {
    to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(begin),
              from.begin() + static_cast<ptrdiff_t>(end));
  };
  add(time, other.time);
  add(sequence, other.sequence);
  add(id, other.id);
  add(price, other.price);
  add(size, other.size);
  add(side, other.side);
  add(cancelled, other.cancelled);
}

std::string TradeColumns::IdText(size_t i) const {
  if (id[i] != kNullInt) return std::to_string(id[i]);
  return id_text.empty() ? std::string() : id_text[i];
}

}  // namespace tidemark
