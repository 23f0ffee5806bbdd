// Two hashes: XXH3-128 to tell whether bytes are the same (source positions, ids of rows), SHA-256
// where outsiders compare (digests, model ids, file checksums).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tidemark {

// Streaming XXH3-128; Hex() may be asked at any time and does not end the stream.
class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(ContentHash&&) noexcept;
  ContentHash& operator=(ContentHash&&) noexcept;
  void Update(std::string_view bytes);
  std::string Hex() const;  // 32 lower-case hex digits
  static std::string Of(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

uint64_t Hash64(std::string_view bytes);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::string_view bytes);
  std::string Hex();  // 64 lower-case hex digits; ends the stream
  static std::string Of(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string ToHex(std::string_view bytes);

}  // namespace tidemark
