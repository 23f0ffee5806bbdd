// Canonical little-endian bytes: what snapshots, digests and ids are made of.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

static_assert(std::endian::native == std::endian::little);

using Bytes = std::string;

class ByteWriter {
 public:
  template <typename T>
  void Put(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  // Length (8 bytes), then the bytes.
  void PutString(std::string_view text) {
    Put<uint64_t>(text.size());
    out_.append(text);
  }
  // Count (8 bytes), then the elements.
  template <typename T>
  void PutSpan(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    Put<uint64_t>(values.size());
    out_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  void Reserve(size_t bytes) { out_.reserve(bytes); }
  const Bytes& bytes() const { return out_; }
  Bytes Take() { return std::move(out_); }

 private:
  Bytes out_;
};

// Reads what ByteWriter wrote. After a short read every further value is zero and ok() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  template <typename T>
  T Get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (in_.size() < sizeof(T)) {
      ok_ = false;
      in_ = {};
      return value;
    }
    std::memcpy(&value, in_.data(), sizeof(T));
    in_.remove_prefix(sizeof(T));
    return value;
  }
  std::string GetString() {
    const auto size = Get<uint64_t>();
    if (size > in_.size()) {
      ok_ = false;
      in_ = {};
      return {};
    }
    std::string text(in_.substr(0, size));
    in_.remove_prefix(size);
    return text;
  }
  template <typename T>
  std::vector<T> GetVector() {
    const auto count = Get<uint64_t>();
    if (count > in_.size() / sizeof(T)) {
      ok_ = false;
      in_ = {};
      return {};
    }
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), in_.data(), count * sizeof(T));
    in_.remove_prefix(count * sizeof(T));
    return values;
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && in_.empty(); }
  // kCorrupt unless everything was read and nothing was missing.
  Status Finish(std::string_view what) const {
    if (done()) return {};
    return Fail(ErrorCode::kCorrupt, std::string(what) + ": stored bytes have the wrong length");
  }

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace tidemark
