// What fuzz targets make of a fuzzer's bytes: numbers, choices, and edits of good bytes, which
// reach deeper than random bytes where there are checksums, offsets and magic numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace tidemark {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  // The next number; its missing bytes are zero.
  template <typename T>
  T Take() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    const size_t size = std::min(sizeof(T), rest_.size());
    std::memcpy(&value, rest_.data(), size);
    rest_.remove_prefix(size);
    return value;
  }
  // One of `count` choices.
  size_t Choose(size_t count) { return Take<uint8_t>() % count; }

  // `bytes` after as many edits as the input describes, at most `edits`.
  std::string Edit(std::string bytes, int edits = 1 << 20) {
    for (; !empty() && edits > 0; --edits) EditOnce(bytes);
    return bytes;
  }

 private:
  void EditOnce(std::string& bytes) {
    const size_t kind = Choose(7);
    const size_t at = (Take<uint16_t>() | size_t{Take<uint8_t>()} << 16) % (bytes.size() + 1);
    const size_t left = bytes.size() - at;
    switch (kind) {
      case 0:
        return Overwrite(bytes, at, Take<uint8_t>());
      case 1:
        if (left > 0) bytes[at] = static_cast<char>(bytes[at] ^ 1 << Choose(8));
        return;
      case 2:
        return Overwrite(bytes, at, Take<uint32_t>());
      case 3: {
        static constexpr uint64_t kExtremes[] = {
            0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ~uint64_t{0}};
        return Overwrite(bytes, at, kExtremes[Choose(std::size(kExtremes))]);
      }
      case 4:
        bytes.erase(at, 1 + Choose(64));
        return;
      case 5: {
        const std::string_view piece = rest_.substr(0, 1 + Choose(16));
        bytes.insert(at, piece);
        rest_.remove_prefix(std::min(piece.size(), rest_.size()));
        return;
      }
      default:
        bytes.resize(at);
    }
  }
  template <typename T>
  static void Overwrite(std::string& bytes, size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, std::min(sizeof(T), bytes.size() - at));
  }

  std::string_view rest_;
};

}  // namespace tidemark
