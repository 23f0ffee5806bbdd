#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "tidemark/base/file.h"
#include "tidemark/lake/parquet_io.h"

namespace tidemark {
namespace {

std::unexpected<Error> Damaged(const std::string& path, std::string_view why) {
  return Fail(ErrorCode::kCorrupt, fmt::format("{}: {}", path, why));
}

template <typename ArrowArray, typename T, typename Convert>
void AppendValues(const arrow::Array& array, std::vector<T>& out, T null, const Convert& convert) {
  const auto& typed = static_cast<const ArrowArray&>(array);
  const bool nulls = typed.null_count() > 0;
  for (int64_t i = 0; i < typed.length(); ++i) {
    out.push_back(nulls && typed.IsNull(i) ? null : convert(typed.Value(i)));
  }
}

template <typename ArrowArray, typename T>
void AppendSame(const arrow::Array& array, std::vector<T>& out, T null) {
  const auto& typed = static_cast<const ArrowArray&>(array);
  if (typed.null_count() == 0) {
    out.insert(out.end(), typed.raw_values(), typed.raw_values() + typed.length());
    return;
  }
  AppendValues<ArrowArray>(array, out, null, [](T value) { return value; });
}

bool AppendStrings(const arrow::Array& array, StringColumn& out) {
  if (array.type_id() != arrow::Type::DICTIONARY) {
    if (!arrow::is_base_binary_like(array.type_id()) ||
        arrow::is_large_binary_like(array.type_id()))
      return false;
    // Written without a dictionary they hardly repeat: to look for each among the others would be
    // for nothing.
    const auto& typed = static_cast<const arrow::BinaryArray&>(array);
    if (out.dictionary.empty()) out.dictionary.reserve(out.codes.capacity());
    for (int64_t i = 0; i < typed.length(); ++i) {
      typed.IsNull(i) ? out.AppendNull() : out.AppendNew(typed.GetView(i));
    }
    return true;
  }
  const auto& typed = static_cast<const arrow::DictionaryArray&>(array);
  const auto& dictionary = *typed.dictionary();
  if (!arrow::is_base_binary_like(dictionary.type_id()) ||
      typed.indices()->type_id() != arrow::Type::INT32) {
    return false;
  }
  const auto& words = static_cast<const arrow::BinaryArray&>(dictionary);
  const auto& codes = static_cast<const arrow::Int32Array&>(*typed.indices());
  std::vector<int32_t> map(static_cast<size_t>(words.length()), -1);
  const bool first = out.dictionary.empty();  // then no word has been met before
  for (int64_t i = 0; i < codes.length(); ++i) {
    if (codes.IsNull(i)) {
      out.AppendNull();
      continue;
    }
    const int32_t code = codes.Value(i);
    if (code < 0 || code >= words.length()) return false;
    int32_t& mapped = map[static_cast<size_t>(code)];
    if (mapped < 0 && first) {
      mapped = static_cast<int32_t>(out.dictionary.size());
      out.dictionary.emplace_back(words.GetView(code));
    } else if (mapped < 0) {
      mapped = out.CodeOf(words.GetView(code));
    }
    out.codes.push_back(mapped);
  }
  return true;
}

bool AppendTimes(const arrow::Array& array, std::vector<int64_t>& out) {
  if (array.type_id() != arrow::Type::TIMESTAMP) return false;
  switch (static_cast<const arrow::TimestampType&>(*array.type()).unit()) {
    case arrow::TimeUnit::MICRO:
      AppendSame<arrow::TimestampArray>(array, out, kNullInt);
      return true;
    case arrow::TimeUnit::MILLI:
      AppendValues<arrow::TimestampArray>(array, out, kNullInt, [](int64_t ms) {
        int64_t us = 0;
        return __builtin_mul_overflow(ms, 1000, &us) ? kMaxTime.us + 1 : us;
      });
      return true;
    case arrow::TimeUnit::NANO:
      AppendValues<arrow::TimestampArray>(
          array, out, kNullInt, [](int64_t ns) { return ns / 1000 - (ns % 1000 < 0 ? 1 : 0); });
      return true;
    default:
      return false;
  }
}

bool AppendArray(const arrow::Array& array, ColumnType type, Column& out) {
  switch (type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      return AppendStrings(array, out.strings);
    case ColumnType::kTime:
      return AppendTimes(array, out.ints);
    case ColumnType::kInt:
      if (array.type_id() == arrow::Type::INT32) {
        AppendValues<arrow::Int32Array>(array, out.ints, kNullInt,
                                        [](int32_t v) { return int64_t{v}; });
        return true;
      }
      if (array.type_id() != arrow::Type::INT64) return false;
      AppendSame<arrow::Int64Array>(array, out.ints, kNullInt);
      return true;
    case ColumnType::kDouble:
      if (array.type_id() != arrow::Type::DOUBLE) return false;
      AppendSame<arrow::DoubleArray>(array, out.doubles, std::numeric_limits<double>::quiet_NaN());
      return true;
    case ColumnType::kBool:
      if (array.type_id() != arrow::Type::BOOL) return false;
      AppendValues<arrow::BooleanArray>(array, out.ints, kNullInt,
                                        [](bool v) { return int64_t{v}; });
      return true;
  }
  return false;
}

void AppendNulls(ColumnType type, size_t count, Column& out) {
  switch (type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      out.strings.codes.insert(out.strings.codes.end(), count, -1);
      break;
    case ColumnType::kDouble:
      out.doubles.insert(out.doubles.end(), count, std::numeric_limits<double>::quiet_NaN());
      break;
    default:
      out.ints.insert(out.ints.end(), count, kNullInt);
  }
}

// What is wrong with the values of a column, "" when nothing is.
std::string ProblemOf(const Field& field, const Column& column) {
  const bool time = field.type == ColumnType::kTime;
  for (const int64_t value : column.ints) {
    if (value == kNullInt && !field.nullable) return "lacks a value";
    if (time && value != kNullInt && (value < kMinTime.us || value > kMaxTime.us)) {
      return "holds what is no time";
    }
  }
  const auto& codes = column.strings.codes;
  const bool lacks = !field.nullable && std::find(codes.begin(), codes.end(), -1) != codes.end();
  return lacks ? "lacks a value" : "";
}

// Whether the column's bounds leave room for the text; also where there are none.
bool MayHoldText(const parquet::RowGroupMetaData& group, int column, const std::string& text) {
  const auto stats = group.ColumnChunk(column)->statistics();
  if (stats == nullptr || !stats->HasMinMax() ||
      stats->physical_type() != parquet::Type::BYTE_ARRAY) {
    return true;
  }
  const auto& texts = static_cast<const parquet::ByteArrayStatistics&>(*stats);
  return parquet::ByteArrayToString(texts.min()) <= text &&
         text <= parquet::ByteArrayToString(texts.max());
}

// The row groups that may hold a row of the wanted times and texts.
std::vector<int> GroupsToRead(const parquet::FileMetaData& footer,
                              const ParquetSelection& selection) {
  std::vector<int> groups;
  const int column =
      selection.time_column.empty() ? -1 : footer.schema()->ColumnIndex(selection.time_column);
  std::vector<std::pair<int, std::string>> texts;
  for (const auto& [name, text] : selection.texts) {
    if (const int c = footer.schema()->ColumnIndex(name); c >= 0) texts.emplace_back(c, text);
  }
  for (int g = 0; g < footer.num_row_groups(); ++g) {
    const auto group = footer.RowGroup(g);
    if (column >= 0 && selection.times != TimeRange::All()) {
      const auto stats = group->ColumnChunk(column)->statistics();
      if (stats != nullptr && stats->HasMinMax() &&
          stats->physical_type() == parquet::Type::INT64) {
        const auto& times = static_cast<const parquet::Int64Statistics&>(*stats);
        if (times.max() < selection.times.start.us || times.min() >= selection.times.end.us) {
          continue;
        }
      }
    }
    if (std::ranges::all_of(
            texts, [&](const auto& t) { return MayHoldText(*group, t.first, t.second); })) {
      groups.push_back(g);
    }
  }
  return groups;
}

// A footer's counts size what is made of columns that are not there: they must agree with the log,
// and without one be counts that a file of ours could have.
Status CheckRows(const parquet::FileMetaData& footer, const ParquetSelection& selection,
                 const std::string& path) {
  constexpr int64_t kRowsMax = int64_t{1} << 28;
  int64_t rows = 0;
  for (int g = 0; g < footer.num_row_groups(); ++g) {
    const int64_t more = footer.RowGroup(g)->num_rows();
    if (more < 0 || more > kRowsMax) return Damaged(path, "its row groups have impossible sizes");
    rows += more;
  }
  if (rows != footer.num_rows() || rows > kRowsMax) {
    return Damaged(path, fmt::format("{} rows in row groups, {} in all", rows, footer.num_rows()));
  }
  if (selection.rows >= 0 && rows != selection.rows) {
    return Damaged(path, fmt::format("{} rows, the log says {}", rows, selection.rows));
  }
  return {};
}

// Texts that were written without one hardly repeat: making one of them would be for nothing.
bool HasDictionary(const parquet::FileMetaData& footer, int column) {
  for (int g = 0; g < footer.num_row_groups(); ++g) {
    if (footer.RowGroup(g)->ColumnChunk(column)->has_dictionary_page()) return true;
  }
  return false;
}

// Rows are sorted by series and time, mostly, and a group holds many: those before and behind the
// wanted ones are not worth converting.
std::shared_ptr<arrow::Table> WithoutEnds(const arrow::Table& table,
                                          const ParquetSelection& selection) {
  int64_t begin = 0, end = table.num_rows();
  const auto narrow = [&](const auto& wanted) {
    while (begin < end && !wanted(static_cast<size_t>(begin))) ++begin;
    while (begin < end && !wanted(static_cast<size_t>(end - 1))) --end;
  };
  // What is not of the column's type is found when its values are taken.
  const auto read = [&](const Field& field, Column* to) {
    const auto column = table.GetColumnByName(field.name);
    return column != nullptr && std::ranges::all_of(column->chunks(), [&](const auto& chunk) {
             return AppendArray(*chunk, field.type, *to);
           });
  };
  for (const Field& field : selection.fields) {
    const auto text = selection.texts.find(field.name);
    Column column;
    if (text != selection.texts.end() && field.type == ColumnType::kString &&
        read(field, &column)) {
      std::vector<bool> equal;
      for (const std::string& word : column.strings.dictionary) {
        equal.push_back(word == text->second);
      }
      narrow([&](size_t row) {
        const int32_t code = column.strings.codes[row];
        return code >= 0 && equal[static_cast<size_t>(code)];
      });
    } else if (field.name == selection.time_column && selection.times != TimeRange::All() &&
               field.type == ColumnType::kTime && read(field, &column)) {
      narrow([&](size_t row) { return selection.times.Contains({column.ints[row]}); });
    }
  }
  return table.Slice(begin, end - begin);
}

struct OpenFile {
  MappedFile mapped;
  std::unique_ptr<parquet::ParquetFileReader> reader;
};

Result<OpenFile> OpenParquet(const std::string& path) {
  TM_ASSIGN(MappedFile mapped, MappedFile::Open(path));
  try {
    const std::string_view bytes = mapped.bytes();
    parquet::ReaderProperties properties;
    properties.set_page_checksum_verification(true);
    auto reader = parquet::ParquetFileReader::Open(
        std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
            reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size()))),
        properties);
    return OpenFile{std::move(mapped), std::move(reader)};
  } catch (const std::exception& error) {
    return Damaged(path, error.what());
  }
}

Result<Batch> Decode(const std::string& path, const ParquetSelection& selection) {
  TM_ASSIGN(OpenFile open, OpenParquet(path));
  const auto footer = open.reader->metadata();
  TM_TRY(CheckRows(*footer, selection, path));
  parquet::ArrowReaderProperties properties(false);
  std::vector<int> wanted;
  std::vector<int> position(selection.fields.size(), -1);
  for (size_t i = 0; i < selection.fields.size(); ++i) {
    const Field& field = selection.fields[i];
    const int column = footer->schema()->ColumnIndex(field.name);
    if (column < 0 && !field.nullable) {
      return Damaged(path, "column " + field.name + " is missing");
    }
    if (column < 0) continue;
    if ((field.type == ColumnType::kString || field.type == ColumnType::kBytes) &&
        HasDictionary(*footer, column)) {
      properties.set_read_dictionary(column, true);
    }
    position[i] = static_cast<int>(wanted.size());
    wanted.push_back(column);
  }
  const std::vector<int> groups = GroupsToRead(*footer, selection);
  Batch batch{Schema{selection.fields}};
  for (const int g : groups) {
    batch.rows += static_cast<size_t>(footer->RowGroup(g)->num_rows());
  }
  std::shared_ptr<arrow::Table> table;
  if (!wanted.empty()) {
    auto reader = parquet::arrow::FileReader::Make(arrow::default_memory_pool(),
                                                   std::move(open.reader), properties);
    if (!reader.ok()) return Damaged(path, reader.status().ToString());
    auto read = (*reader)->ReadRowGroups(groups, wanted);
    if (!read.ok()) return Damaged(path, read.status().ToString());
    for (const auto& column : (*read)->columns()) {
      if (column->length() != static_cast<int64_t>(batch.rows)) {
        return Damaged(path, "a column has the wrong length");
      }
    }
    table = WithoutEnds(**read, selection);
    batch.rows = static_cast<size_t>(table->num_rows());
  }
  batch.Reserve(batch.rows);
  for (size_t i = 0; i < selection.fields.size(); ++i) {
    if (position[i] < 0) continue;
    const Field& field = selection.fields[i];
    const auto column = table->GetColumnByName(field.name);
    if (column == nullptr) return Damaged(path, "column " + field.name + " is missing");
    for (const auto& chunk : column->chunks()) {
      if (!AppendArray(*chunk, field.type, batch.columns[i])) {
        return Damaged(path,
                       fmt::format("column {} is a {}", field.name, chunk->type()->ToString()));
      }
    }
    if (const std::string problem = ProblemOf(field, batch.columns[i]); !problem.empty()) {
      return Damaged(path, fmt::format("column {} {}", field.name, problem));
    }
  }
  // Only now is the number of rows known to be one.
  for (size_t i = 0; i < selection.fields.size(); ++i) {
    if (position[i] >= 0) continue;
    AppendNulls(selection.fields[i].type, batch.rows, batch.columns[i]);
  }
  return batch;
}

}  // namespace

Result<Batch> DecodeParquet(const std::string& path, const ParquetSelection& selection) {
  try {
    return Decode(path, selection);
  } catch (const std::exception& error) {
    return Damaged(path, error.what());
  }
}

Result<ParquetFacts> ReadParquetFooter(const std::string& path) {
  TM_ASSIGN(const OpenFile open, OpenParquet(path));
  const auto footer = open.reader->metadata();
  ParquetFacts facts;
  facts.rows = footer->num_rows();
  for (int i = 0; i < footer->num_columns(); ++i) {
    facts.columns.push_back(footer->schema()->Column(i)->name());
  }
  return facts;
}

}  // namespace tidemark
