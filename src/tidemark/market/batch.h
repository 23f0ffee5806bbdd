// Rows of a table in memory, as columns: what rooms hand each other and the lake stores.
//
// Nulls are in-band, so that every column is one plain vector: a null double is NaN (no table holds
// any other NaN), a null time, integer or bool is kNullInt, a null string has the code -1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/time.h"

namespace tidemark {

constexpr int64_t kNullInt = INT64_MIN;

enum class ColumnType : uint8_t { kString, kBytes, kTime, kInt, kDouble, kBool };

struct Field {
  std::string name;
  ColumnType type = ColumnType::kDouble;
  bool nullable = true;
  bool operator==(const Field&) const = default;
};

struct Schema {
  std::vector<Field> fields;
  // -1 when there is no such field.
  int IndexOf(std::string_view name) const;
  bool operator==(const Schema&) const = default;
};

// Strings are codes into a dictionary in order of first use. A word may stand in it twice.
class StringColumn {
 public:
  void Append(std::string_view text);
  // As a word of its own, whether or not it stands in the dictionary: for texts that hardly repeat.
  void AppendNew(std::string_view text) {
    codes.push_back(static_cast<int32_t>(dictionary.size()));
    dictionary.emplace_back(text);
  }
  void AppendNull() { codes.push_back(-1); }
  // Appends rows [begin, end) of `other`.
  void Append(const StringColumn& other, size_t begin, size_t end);
  // Appends all rows of `other`, its words as words of their own.
  void AppendNew(StringColumn other);
  // Appends `count` rows of one text.
  void AppendRepeated(std::string_view text, size_t count);
  bool IsNull(size_t row) const { return codes[row] < 0; }
  // REQUIRES !IsNull(row).
  const std::string& At(size_t row) const { return dictionary[static_cast<size_t>(codes[row])]; }
  int32_t CodeOf(std::string_view text);  // adds it when new
  // The codes are some of `from`: takes its words, only those used when they are many.
  void TakeWords(const StringColumn& from);

  std::vector<int32_t> codes;
  std::vector<std::string> dictionary;

 private:
  void Reindex();
  // The slot of `text`, or the empty one where it belongs.
  size_t SlotOf(std::string_view text) const;

  // Codes by their words' hashes, -1: empty; at most half of them are full, a power of two.
  std::vector<int32_t> slots_;
  size_t indexed_ = 0;  // words of the dictionary that have slots
};

struct Column {
  std::vector<double> doubles;  // kDouble
  std::vector<int64_t> ints;    // kTime (microseconds), kInt, kBool (0 or 1)
  StringColumn strings;         // kString, kBytes
};

struct Batch {
  Schema schema;
  std::vector<Column> columns;  // one per field
  size_t rows = 0;

  Batch() = default;
  explicit Batch(Schema s) : schema(std::move(s)), columns(schema.fields.size()) {}

  Column& operator[](std::string_view name);  // CHECKs that it exists
  const Column& operator[](std::string_view name) const;
  // CHECKs that every column has `n` values and sets rows.
  void SetRows(size_t n);

  // Makes room for so many rows.
  void Reserve(size_t n);
  // Appends rows [begin, end) of `other`. REQUIRES equal schemas.
  void Append(const Batch& other, size_t begin, size_t end);
  void Append(const Batch& other) { Append(other, 0, other.rows); }
  // The rows at `order`, in that order.
  Batch Take(const std::vector<uint32_t>& order) const;
  // The rows whose flag is not 0. REQUIRES keep.size() == rows.
  Batch Filter(const std::vector<uint8_t>& keep) const;
  // Compares one cell; -0 equals 0, null equals null.
  static bool CellsEqual(const Batch& a, size_t row_a, const Batch& b, size_t row_b, size_t column);
};

}  // namespace tidemark
