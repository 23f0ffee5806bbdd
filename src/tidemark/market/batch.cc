#include "tidemark/market/batch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <utility>

#include "tidemark/base/check.h"

namespace tidemark {

int Schema::IndexOf(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

int32_t StringColumn::CodeOf(std::string_view text) {
  if (indexed_ != dictionary.size() || 2 * (indexed_ + 1) > slots_.size()) Reindex();
  int32_t& code = slots_[SlotOf(text)];
  if (code < 0) {
    code = static_cast<int32_t>(dictionary.size());
    dictionary.emplace_back(text);
    ++indexed_;
  }
  return code;
}

void StringColumn::Reindex() {
  slots_.assign(std::bit_ceil(4 * (dictionary.size() + 4)), -1);
  for (size_t i = 0; i < dictionary.size(); ++i) {
    int32_t& code = slots_[SlotOf(dictionary[i])];
    if (code < 0) code = static_cast<int32_t>(i);
  }
  indexed_ = dictionary.size();
}

size_t StringColumn::SlotOf(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = std::hash<std::string_view>()(text) & mask;
  while (slots_[slot] >= 0 && dictionary[static_cast<size_t>(slots_[slot])] != text) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void StringColumn::Append(std::string_view text) {
  if (!codes.empty() && codes.back() >= 0 && At(codes.size() - 1) == text) {
    codes.push_back(codes.back());
    return;
  }
  codes.push_back(CodeOf(text));
}

void StringColumn::AppendRepeated(std::string_view text, size_t count) {
  codes.insert(codes.end(), count, CodeOf(text));
}

void StringColumn::Append(const StringColumn& other, size_t begin, size_t end) {
  std::vector<int32_t> map(other.dictionary.size(), -2);
  const size_t rows = codes.size() + end - begin;
  if (codes.capacity() < rows) codes.reserve(std::max(rows, 2 * codes.capacity()));
  for (size_t row = begin; row < end; ++row) {
    const int32_t code = other.codes[row];
    if (code < 0) {
      codes.push_back(-1);
      continue;
    }
    int32_t& mapped = map[static_cast<size_t>(code)];
    if (mapped == -2) mapped = CodeOf(other.dictionary[static_cast<size_t>(code)]);
    codes.push_back(mapped);
  }
}

void StringColumn::AppendNew(StringColumn other) {
  const auto offset = static_cast<int32_t>(dictionary.size());
  for (const int32_t code : other.codes) codes.push_back(code < 0 ? code : code + offset);
  std::ranges::move(other.dictionary, std::back_inserter(dictionary));
}

void StringColumn::TakeWords(const StringColumn& from) {
  if (from.dictionary.size() <= codes.size()) {
    dictionary = from.dictionary;
    return;
  }
  std::vector<int32_t> map(from.dictionary.size(), -1);
  for (int32_t& code : codes) {
    if (code < 0) continue;
    int32_t& mapped = map[static_cast<size_t>(code)];
    if (mapped < 0) {
      mapped = static_cast<int32_t>(dictionary.size());
      dictionary.push_back(from.dictionary[static_cast<size_t>(code)]);
    }
    code = mapped;
  }
}

Column& Batch::operator[](std::string_view name) {
  const int i = schema.IndexOf(name);
  CHECK(i >= 0);
  return columns[static_cast<size_t>(i)];
}

const Column& Batch::operator[](std::string_view name) const {
  const int i = schema.IndexOf(name);
  CHECK(i >= 0);
  return columns[static_cast<size_t>(i)];
}

namespace {
size_t LengthOf(const Column& column, ColumnType type) {
  switch (type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      return column.strings.codes.size();
    case ColumnType::kDouble:
      return column.doubles.size();
    default:
      return column.ints.size();
  }
}
}  // namespace

void Batch::SetRows(size_t n) {
  for (size_t i = 0; i < columns.size(); ++i) {
    CHECK(LengthOf(columns[i], schema.fields[i].type) == n);
  }
  rows = n;
}

void Batch::Reserve(size_t n) {
  for (size_t i = 0; i < columns.size(); ++i) {
    switch (schema.fields[i].type) {
      case ColumnType::kString:
      case ColumnType::kBytes:
        columns[i].strings.codes.reserve(n);
        break;
      case ColumnType::kDouble:
        columns[i].doubles.reserve(n);
        break;
      default:
        columns[i].ints.reserve(n);
    }
  }
}

void Batch::Append(const Batch& other, size_t begin, size_t end) {
  CHECK(schema == other.schema && begin <= end && end <= other.rows);
  const auto from = static_cast<ptrdiff_t>(begin);
  const auto to = static_cast<ptrdiff_t>(end);
  for (size_t i = 0; i < columns.size(); ++i) {
    Column& mine = columns[i];
    const Column& theirs = other.columns[i];
    switch (schema.fields[i].type) {
      case ColumnType::kString:
      case ColumnType::kBytes:
        mine.strings.Append(theirs.strings, begin, end);
        break;
      case ColumnType::kDouble:
        mine.doubles.insert(mine.doubles.end(), theirs.doubles.begin() + from,
                            theirs.doubles.begin() + to);
        break;
      default:
        mine.ints.insert(mine.ints.end(), theirs.ints.begin() + from, theirs.ints.begin() + to);
    }
  }
  rows += end - begin;
}

Batch Batch::Take(const std::vector<uint32_t>& order) const {
  Batch out(schema);
  // Mostly a few long runs of rows are wanted; those are copied whole.
  struct Run {
    size_t begin, end;
  };
  std::vector<Run> runs;
  for (const uint32_t row : order) {
    if (runs.empty() || runs.back().end != row) runs.push_back({row, row});
    ++runs.back().end;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column& from = columns[i];
    Column& to = out.columns[i];
    const auto gather = [&](const auto& source, auto& target) {
      target.reserve(order.size());
      if (runs.size() > order.size() / 8) {
        for (const uint32_t row : order) target.push_back(source[row]);
        return;
      }
      for (const Run& run : runs) {
        target.insert(target.end(), source.begin() + static_cast<ptrdiff_t>(run.begin),
                      source.begin() + static_cast<ptrdiff_t>(run.end));
      }
    };
    switch (schema.fields[i].type) {
      case ColumnType::kString:
      case ColumnType::kBytes:
        gather(from.strings.codes, to.strings.codes);
        to.strings.TakeWords(from.strings);
        break;
      case ColumnType::kDouble:
        gather(from.doubles, to.doubles);
        break;
      default:
        gather(from.ints, to.ints);
    }
  }
  out.rows = order.size();
  return out;
}

Batch Batch::Filter(const std::vector<uint8_t>& keep) const {
  CHECK(keep.size() == rows);
  std::vector<uint32_t> order;
  order.reserve(rows);
  for (size_t i = 0; i < rows; ++i) {
    if (keep[i] != 0) order.push_back(static_cast<uint32_t>(i));
  }
  return Take(order);
}

bool Batch::CellsEqual(const Batch& a, size_t row_a, const Batch& b, size_t row_b, size_t column) {
  const Column& x = a.columns[column];
  const Column& y = b.columns[column];
  switch (a.schema.fields[column].type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      if (x.strings.IsNull(row_a) || y.strings.IsNull(row_b)) {
        return x.strings.IsNull(row_a) && y.strings.IsNull(row_b);
      }
      return x.strings.At(row_a) == y.strings.At(row_b);
    case ColumnType::kDouble: {
      const double p = x.doubles[row_a], q = y.doubles[row_b];
      return p == q || (std::isnan(p) && std::isnan(q));
    }
    default:
      return x.ints[row_a] == y.ints[row_b];
  }
}

}  // namespace tidemark
