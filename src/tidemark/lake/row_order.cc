#include "tidemark/lake/row_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

// One column as integers that order as its values do (doubles apart, and words that are many: they
// are compared as they are, where all that goes before is equal).
struct Ranked {
  const std::vector<double>* doubles = nullptr;
  const std::vector<int64_t>* ints = nullptr;
  const std::vector<int32_t>* codes = nullptr;
  const std::vector<std::string>* words = nullptr;  // of the codes, when they have no ranks
  std::vector<int32_t> rank_of_code;

  // -1, 0 or 1.
  int Compare(size_t a, size_t b) const {
    if (codes != nullptr) {
      const int32_t x = (*codes)[a], y = (*codes)[b];
      if (x == y) return 0;
      if (words != nullptr) {
        if (x < 0 || y < 0) return x < 0 ? -1 : 1;
        const int order =
            (*words)[static_cast<size_t>(x)].compare((*words)[static_cast<size_t>(y)]);
        return order < 0 ? -1 : order > 0 ? 1 : 0;
      }
      const int32_t p = x < 0 ? -1 : rank_of_code[static_cast<size_t>(x)];
      const int32_t q = y < 0 ? -1 : rank_of_code[static_cast<size_t>(y)];
      return p < q ? -1 : p > q ? 1 : 0;
    }
    if (ints != nullptr) {
      const int64_t x = (*ints)[a], y = (*ints)[b];
      return x < y ? -1 : x > y ? 1 : 0;
    }
    const double x = (*doubles)[a], y = (*doubles)[b];
    if (x != x || y != y) return x != x ? (y != y ? 0 : -1) : 1;
    return x < y ? -1 : x > y ? 1 : 0;
  }
};

std::vector<Ranked> RankColumns(const Batch& rows, const std::vector<std::string>& columns) {
  std::vector<Ranked> ranked;
  for (const std::string& name : columns) {
    const int i = rows.schema.IndexOf(name);
    CHECK(i >= 0);
    const Column& column = rows.columns[static_cast<size_t>(i)];
    Ranked& r = ranked.emplace_back();
    switch (rows.schema.fields[static_cast<size_t>(i)].type) {
      case ColumnType::kString:
      case ColumnType::kBytes: {
        r.codes = &column.strings.codes;
        const auto& words = column.strings.dictionary;
        if (words.size() > rows.rows / 4) {
          r.words = &words;
          break;
        }
        std::vector<int32_t> order(words.size());
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
          return words[static_cast<size_t>(a)] < words[static_cast<size_t>(b)];
        });
        r.rank_of_code.resize(words.size());
        for (size_t k = 0; k < order.size(); ++k) {
          // A word that stands twice in the dictionary is still one value.
          const auto code = static_cast<size_t>(order[k]);
          const bool same = k > 0 && words[code] == words[static_cast<size_t>(order[k - 1])];
          r.rank_of_code[code] =
              same ? r.rank_of_code[static_cast<size_t>(order[k - 1])] : static_cast<int32_t>(k);
        }
        break;
      }
      case ColumnType::kDouble:
        r.doubles = &column.doubles;
        break;
      default:
        r.ints = &column.ints;
    }
  }
  return ranked;
}

int Compare(const std::vector<Ranked>& columns, size_t a, size_t b) {
  for (const Ranked& column : columns) {
    if (const int order = column.Compare(a, b); order != 0) return order;
  }
  return 0;
}

}  // namespace

std::optional<std::vector<uint32_t>> SortOrder(const Batch& rows,
                                               const std::vector<std::string>& columns) {
  const std::vector<Ranked> ranked = RankColumns(rows, columns);
  const auto less = [&](size_t a, size_t b) { return Compare(ranked, a, b) < 0; };
  // Rows come as a few sorted pieces, mostly: those that stay in a file, then the new ones. Each
  // piece is merged into what stands before it, from where its first row belongs.
  constexpr size_t kRunsMax = 16;
  std::vector<size_t> runs;
  for (size_t i = 1; i < rows.rows && runs.size() <= kRunsMax; ++i) {
    if (less(i, i - 1)) runs.push_back(i);
  }
  if (runs.empty()) return std::nullopt;
  std::vector<uint32_t> order(rows.rows);
  std::iota(order.begin(), order.end(), 0);
  if (runs.size() > kRunsMax) {
    std::stable_sort(order.begin(), order.end(), less);
    return order;
  }
  runs.push_back(rows.rows);
  for (size_t r = 0; r + 1 < runs.size(); ++r) {
    const auto middle = order.begin() + static_cast<ptrdiff_t>(runs[r]);
    const auto end = order.begin() + static_cast<ptrdiff_t>(runs[r + 1]);
    const auto from = std::upper_bound(order.begin(), middle, *middle, less);
    std::inplace_merge(from, middle, end, less);
  }
  return order;
}

bool IsSorted(const Batch& rows, const std::vector<std::string>& columns) {
  return !SortOrder(rows, columns);
}

Batch Sorted(Batch rows, const std::vector<std::string>& columns) {
  const auto order = SortOrder(rows, columns);
  return order ? rows.Take(*order) : std::move(rows);
}

Batch Concatenated(const Schema& schema, std::vector<Batch> pieces) {
  if (pieces.size() == 1) return std::move(pieces.front());
  size_t rows = 0;
  for (const Batch& piece : pieces) {
    CHECK(piece.schema == schema);
    rows += piece.rows;
  }
  Batch all(schema);
  all.Reserve(rows);
  for (size_t c = 0; c < schema.fields.size(); ++c) {
    Column& to = all.columns[c];
    size_t words = 0;
    for (const Batch& piece : pieces) words += piece.columns[c].strings.dictionary.size();
    const bool hardly_repeat = words > rows / 2;
    if (hardly_repeat) to.strings.dictionary.reserve(words);
    for (Batch& piece : pieces) {
      Column from = std::move(piece.columns[c]);
      to.ints.insert(to.ints.end(), from.ints.begin(), from.ints.end());
      to.doubles.insert(to.doubles.end(), from.doubles.begin(), from.doubles.end());
      if (hardly_repeat) {
        to.strings.AppendNew(std::move(from.strings));
      } else {
        to.strings.Append(from.strings, 0, from.strings.codes.size());
      }
    }
  }
  all.SetRows(rows);
  return all;
}

std::vector<uint8_t> RowsOfSeries(const Batch& rows, const TableSpec& spec,
                                  const SeriesKey& series) {
  std::vector<uint8_t> keep(rows.rows, 1);
  for (const std::string& name : spec.series_by) {
    const StringColumn& column = rows[name].strings;
    std::vector<uint8_t> equal(column.dictionary.size());
    for (size_t i = 0; i < equal.size(); ++i) {
      equal[i] = column.dictionary[i] == TextOf(series, name) ? 1 : 0;
    }
    for (size_t i = 0; i < rows.rows; ++i) {
      const int32_t code = column.codes[i];
      keep[i] &= code < 0 ? uint8_t{0} : equal[static_cast<size_t>(code)];
    }
  }
  return keep;
}

void KeepTimes(const Batch& rows, const std::string& column, TimeRange times,
               std::vector<uint8_t>& keep) {
  const std::vector<int64_t>& at = rows[column].ints;
  for (size_t i = 0; i < rows.rows; ++i) {
    keep[i] &= times.Contains(EventTime{at[i]}) ? uint8_t{1} : uint8_t{0};
  }
}

std::map<std::vector<std::string>, std::vector<uint32_t>> GroupByText(
    const Batch& rows, const std::vector<std::string>& columns) {
  std::map<std::vector<std::string>, std::vector<uint32_t>> groups;
  std::vector<const StringColumn*> texts;
  for (const std::string& name : columns) texts.push_back(&rows[name].strings);
  std::vector<uint32_t>* group = nullptr;
  for (size_t i = 0; i < rows.rows; ++i) {
    bool same = group != nullptr;
    for (size_t c = 0; same && c < texts.size(); ++c) {
      same = texts[c]->codes[i] == texts[c]->codes[i - 1];
    }
    if (!same) {
      std::vector<std::string> key;
      for (const StringColumn* text : texts) {
        key.push_back(text->IsNull(i) ? std::string() : text->At(i));
      }
      group = &groups[std::move(key)];
    }
    group->push_back(static_cast<uint32_t>(i));
  }
  return groups;
}

}  // namespace tidemark
