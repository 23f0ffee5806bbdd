#include "tidemark/source/simulator/simulated_venue.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tidemark/source/simulator/binance_venue.h"
#include "tidemark/source/simulator/bitfinex_venue.h"
#include "tidemark/source/simulator/bitstamp_venue.h"
#include "tidemark/source/simulator/bybit_venue.h"
#include "tidemark/source/simulator/coinbase_venue.h"
#include "tidemark/source/simulator/gemini_venue.h"
#include "tidemark/source/simulator/kraken_venue.h"
#include "tidemark/source/simulator/okx_venue.h"

namespace tidemark {
namespace {

struct VenueMaker {
  std::string_view name;
  std::unique_ptr<SimulatedVenue> (*make)(SimulatedMarket&);
};
constexpr VenueMaker kMakers[] = {
    {"binance", MakeSimulatedBinance},   {"coinbase", MakeSimulatedCoinbase},
    {"kraken", MakeSimulatedKraken},     {"bitstamp", MakeSimulatedBitstamp},
    {"okx", MakeSimulatedOkx},           {"bybit", MakeSimulatedBybit},
    {"bitfinex", MakeSimulatedBitfinex}, {"gemini", MakeSimulatedGemini},
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent signs that introduce nothing stand for themselves.
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        plain.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    plain.push_back(text[i] == '+' ? ' ' : text[i]);
  }
  return plain;
}

}  // namespace

HttpTarget HttpTarget::Parse(std::string_view text) {
  HttpTarget target;
  text = text.substr(0, text.find('#'));
  const size_t mark = std::min(text.find('?'), text.size());
  target.path = Unescaped(text.substr(0, mark));
  text.remove_prefix(std::min(mark + 1, text.size()));
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    target.query.emplace_back(Unescaped(part.substr(0, equals)), Unescaped(value));
  }
  return target;
}

std::optional<std::string> HttpTarget::Find(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<int64_t> HttpTarget::Number(std::string_view name) const {
  const auto value = WholeNumber(Find(name).value_or(""));
  if (!value) return std::nullopt;
  return std::clamp<int64_t>(*value, 0, 10'000'000'000'000);
}

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<size_t> SymbolSpelled(const SimulatedVenue& venue, const SimulatedMarket& market,
                                    std::string_view spelling) {
  for (size_t i = 0; i < market.symbols().size(); ++i) {
    if (venue.SpellingOf(market.symbols()[i].symbol) == spelling) return i;
  }
  return std::nullopt;
}

std::string IsoMicros(int64_t us) {
  const std::string seconds = FormatTime({us - us % kMicrosPerSecond});
  return fmt::format("{}.{:06}Z", std::string_view(seconds).substr(0, seconds.size() - 1),
                     us % kMicrosPerSecond);
}

std::vector<std::string_view> SimulatedVenues() {
  std::vector<std::string_view> names;
  for (const VenueMaker& maker : kMakers) names.push_back(maker.name);
  return names;
}

Result<std::unique_ptr<SimulatedVenue>> MakeSimulatedVenue(std::string_view name,
                                                           SimulatedMarket& market) {
  for (const VenueMaker& maker : kMakers) {
    if (maker.name == name) return maker.make(market);
  }
  return Fail(ErrorCode::kNotFound, fmt::format("no simulated venue is named '{}'; there are {}",
                                                name, fmt::join(SimulatedVenues(), ", ")));
}

}  // namespace tidemark
