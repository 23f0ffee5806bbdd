#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_set>

#include "tidemark/base/check.h"
#include "tidemark/base/utf8.h"
#include "tidemark/lake/parquet_io.h"

namespace tidemark {
namespace {

std::unexpected<Error> FailArrow(std::string_view what, const arrow::Status& status) {
  return Fail(ErrorCode::kInternal, fmt::format("{}: {}", what, status.ToString()));
}

// A null bitmap for `count` rows; null when no row is null.
template <typename IsNull>
std::shared_ptr<arrow::Buffer> NullBitmap(size_t count, int64_t& nulls, const IsNull& is_null) {
  nulls = 0;
  for (size_t i = 0; i < count; ++i) nulls += is_null(i) ? 1 : 0;
  if (nulls == 0) return nullptr;
  std::string bits((count + 7) / 8, '\0');
  for (size_t i = 0; i < count; ++i) {
    if (!is_null(i)) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << (i % 8));
  }
  return arrow::Buffer::FromString(std::move(bits));
}

std::shared_ptr<arrow::DataType> ArrowType(ColumnType type) {
  switch (type) {
    case ColumnType::kString:
      return arrow::utf8();
    case ColumnType::kBytes:
      return arrow::binary();
    case ColumnType::kTime:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ColumnType::kInt:
      return arrow::int64();
    case ColumnType::kDouble:
      return arrow::float64();
    case ColumnType::kBool:
      return arrow::boolean();
  }
  CHECK(false);
}

// More different words than this, each used less than twice, are no dictionary.
constexpr size_t kWordsMax = 1000;

using ArrayResult = Result<std::shared_ptr<arrow::Array>>;

Status AppendWord(const std::string& word, const Field& field, arrow::BinaryBuilder& words) {
  if (field.type == ColumnType::kString && !IsUtf8(word)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("column {}: a value is not UTF-8 text", field.name));
  }
  const auto added = words.Append(word);
  return added.ok() ? Status() : FailArrow("encode", added);
}

// Word by word, for texts that hardly repeat. A dictionary of those would stand whole in every row
// group.
ArrayResult EncodePlainStrings(const StringColumn& column, const Field& field, size_t begin,
                               size_t count) {
  arrow::BinaryBuilder words;
  if (const auto room = words.Reserve(static_cast<int64_t>(count)); !room.ok()) {
    return FailArrow("encode", room);
  }
  for (size_t i = begin; i < begin + count; ++i) {
    if (column.IsNull(i)) {
      words.UnsafeAppendNull();
    } else {
      TM_TRY(AppendWord(column.At(i), field, words));
    }
  }
  auto built = words.Finish();
  if (!built.ok()) return FailArrow("encode", built.status());
  const auto data = (*built)->data()->Copy();
  data->type = ArrowType(field.type);
  return arrow::MakeArray(data);
}

// A dictionary of only the words this slice uses, in order of first use, unless they are many.
ArrayResult EncodeStrings(const StringColumn& column, const Field& field, size_t begin,
                          size_t count) {
  std::vector<int32_t> map(column.dictionary.size(), -1);
  std::vector<int32_t> codes(count);
  arrow::BinaryBuilder words;
  int32_t next = 0;
  for (size_t i = 0; i < count; ++i) {
    const int32_t code = column.codes[begin + i];
    if (code < 0) continue;
    int32_t& mapped = map[static_cast<size_t>(code)];
    if (mapped < 0) {
      TM_TRY(AppendWord(column.dictionary[static_cast<size_t>(code)], field, words));
      mapped = next++;
      if (static_cast<size_t>(next) > std::max(kWordsMax, count / 2)) {
        return EncodePlainStrings(column, field, begin, count);
      }
    }
    codes[i] = mapped;
  }
  int64_t nulls = 0;
  auto bitmap = NullBitmap(count, nulls, [&](size_t i) { return column.codes[begin + i] < 0; });
  auto built = words.Finish();
  if (!built.ok()) return FailArrow("encode", built.status());
  // Text and binary share one layout; only the type differs.
  const auto data = (*built)->data()->Copy();
  data->type = ArrowType(field.type);
  const auto indices = std::make_shared<arrow::Int32Array>(
      static_cast<int64_t>(count), arrow::Buffer::FromVector(std::move(codes)), bitmap, nulls);
  return std::make_shared<arrow::DictionaryArray>(arrow::dictionary(arrow::int32(), data->type),
                                                  indices, arrow::MakeArray(data));
}

ArrayResult EncodeColumn(const Column& column, const Field& field, size_t begin, size_t count) {
  const auto length = static_cast<int64_t>(count);
  int64_t nulls = 0;
  switch (field.type) {
    case ColumnType::kString:
    case ColumnType::kBytes:
      return EncodeStrings(column.strings, field, begin, count);
    case ColumnType::kDouble: {
      const double* values = column.doubles.data() + begin;
      auto bitmap = NullBitmap(count, nulls, [&](size_t i) { return values[i] != values[i]; });
      return std::make_shared<arrow::DoubleArray>(length, arrow::Buffer::Wrap(values, count),
                                                  bitmap, nulls);
    }
    case ColumnType::kBool: {
      const int64_t* values = column.ints.data() + begin;
      std::string bits((count + 7) / 8, '\0');
      for (size_t i = 0; i < count; ++i) {
        if (values[i] == 1) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << (i % 8));
      }
      auto bitmap = NullBitmap(count, nulls, [&](size_t i) { return values[i] == kNullInt; });
      return std::make_shared<arrow::BooleanArray>(
          length, arrow::Buffer::FromString(std::move(bits)), bitmap, nulls);
    }
    default: {
      const int64_t* values = column.ints.data() + begin;
      auto bitmap = NullBitmap(count, nulls, [&](size_t i) { return values[i] == kNullInt; });
      auto buffer = arrow::Buffer::Wrap(values, count);
      if (field.type == ColumnType::kInt) {
        return std::make_shared<arrow::Int64Array>(length, buffer, bitmap, nulls);
      }
      return std::make_shared<arrow::TimestampArray>(ArrowType(field.type), length, buffer, bitmap,
                                                     nulls);
    }
  }
}

// Prices repeat each other, which the compressor finds in plain bytes; computed numbers hardly
// do, and then only their exponents compress, laid out side by side. Measured on both kinds.
bool RepeatsMuch(const std::vector<double>& values, size_t begin, size_t count) {
  constexpr size_t kSample = 512;
  const size_t n = std::min(count, kSample);
  const size_t from = begin + (count - n) / 2;
  std::unordered_set<uint64_t> seen;
  for (size_t i = 0; i < n; ++i) seen.insert(std::bit_cast<uint64_t>(values[from + i]));
  return seen.size() * 2 < n;
}

template <typename Type, typename Take>
void Merge(const parquet::Statistics& from, bool first, const Take& take) {
  const auto& typed = static_cast<const parquet::TypedStatistics<Type>&>(from);
  take(typed.min(), typed.max(), first);
}

template <typename T>
void Widen(T& least, T& greatest, const T& low, const T& high, bool first) {
  if (first || low < least) least = low;
  if (first || greatest < high) greatest = high;
}

// The column's bounds over all row groups, as the footer has them.
ColumnStats FooterStats(const parquet::FileMetaData& footer, int column, const Field& field) {
  ColumnStats stats;
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    const auto known = footer.RowGroup(group)->ColumnChunk(column)->statistics();
    if (known == nullptr) continue;
    stats.null_count += known->null_count();
    if (!known->HasMinMax()) continue;
    const bool first = !stats.has_range;
    stats.has_range = true;
    switch (field.type) {
      case ColumnType::kString:
        Merge<parquet::ByteArrayType>(
            *known, first, [&](const auto& low, const auto& high, bool f) {
              stats.is_text = true;
              Widen(stats.min_text, stats.max_text, std::string(parquet::ByteArrayToString(low)),
                    std::string(parquet::ByteArrayToString(high)), f);
            });
        break;
      case ColumnType::kTime:
      case ColumnType::kInt:
        Merge<parquet::Int64Type>(*known, first, [&](int64_t low, int64_t high, bool f) {
          Widen(stats.min_int, stats.max_int, low, high, f);
        });
        break;
      case ColumnType::kDouble:
        Merge<parquet::DoubleType>(*known, first, [&](double low, double high, bool f) {
          Widen(stats.min_double, stats.max_double, low, high, f);
        });
        break;
      default:
        stats.has_range = false;
    }
  }
  return stats;
}

}  // namespace

Result<EncodedFile> EncodeParquet(const Batch& rows, size_t begin, size_t end,
                                  const std::vector<std::string>& without) {
  CHECK(begin <= end && end <= rows.rows);
  const size_t count = end - begin;
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::SNAPPY)->max_row_group_length(kRowGroupRows);
  properties.data_pagesize(1 << 20)->created_by("tidemark");
  properties.enable_page_checksum();  // so that reading finds a flipped byte, not only `verify`
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  std::vector<const Field*> kept;
  for (size_t c = 0; c < rows.columns.size(); ++c) {
    const Field& field = rows.schema.fields[c];
    if (std::find(without.begin(), without.end(), field.name) != without.end()) continue;
    TM_ASSIGN(auto array, EncodeColumn(rows.columns[c], field, begin, count));
    if (!field.nullable && array->null_count() > 0) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("column {}: {} rows without a value",
                                                           field.name, array->null_count()));
    }
    if (field.type == ColumnType::kDouble) {
      properties.disable_dictionary(field.name);
      if (!RepeatsMuch(rows.columns[c].doubles, begin, count)) {
        properties.encoding(field.name, parquet::Encoding::BYTE_STREAM_SPLIT);
      }
    } else if (field.type == ColumnType::kTime || field.type == ColumnType::kInt) {
      properties.disable_dictionary(field.name);
      properties.encoding(field.name, parquet::Encoding::DELTA_BINARY_PACKED);
    }
    if (array->type_id() == arrow::Type::STRING || array->type_id() == arrow::Type::BINARY) {
      properties.disable_dictionary(field.name);
    }
    fields.push_back(arrow::field(field.name, array->type(), field.nullable));
    arrays.push_back(std::move(array));
    kept.push_back(&field);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays, static_cast<int64_t>(count));
  auto sink =
      arrow::io::BufferOutputStream::Create(static_cast<int64_t>(count * 8 * kept.size() + 16'384));
  if (!sink.ok()) return FailArrow("encode", sink.status());
  auto writer = parquet::arrow::FileWriter::Open(*table->schema(), arrow::default_memory_pool(),
                                                 *sink, properties.build());
  if (!writer.ok()) return FailArrow("encode", writer.status());
  arrow::Status status = (*writer)->WriteTable(*table, kRowGroupRows);
  if (status.ok()) status = (*writer)->Close();
  if (!status.ok()) return FailArrow("encode", status);
  const auto bytes = (*sink)->Finish();
  if (!bytes.ok()) return FailArrow("encode", bytes.status());

  EncodedFile file;
  const auto footer = (*writer)->metadata();
  for (size_t i = 0; i < kept.size(); ++i) {
    file.stats[kept[i]->name] = FooterStats(*footer, static_cast<int>(i), *kept[i]);
  }
  file.bytes = {reinterpret_cast<const char*>((*bytes)->data()),
                static_cast<size_t>((*bytes)->size())};
  file.owner = *bytes;
  return file;
}

std::map<std::string, ColumnStats> ComputeStats(const Batch& rows) {
  std::map<std::string, ColumnStats> all;
  for (size_t c = 0; c < rows.columns.size(); ++c) {
    const Field& field = rows.schema.fields[c];
    const Column& column = rows.columns[c];
    ColumnStats stats;
    for (size_t i = 0; i < rows.rows; ++i) {
      const bool first = !stats.has_range;
      if (field.type == ColumnType::kString || field.type == ColumnType::kBytes) {
        if (column.strings.IsNull(i)) {
          ++stats.null_count;
        } else if (field.type == ColumnType::kString) {
          stats.is_text = true;
          Widen(stats.min_text, stats.max_text, column.strings.At(i), column.strings.At(i), first);
          stats.has_range = true;
        }
      } else if (field.type == ColumnType::kDouble) {
        const double value = column.doubles[i];
        if (std::isnan(value)) {
          ++stats.null_count;
        } else {
          Widen(stats.min_double, stats.max_double, value, value, first);
          stats.has_range = true;
        }
      } else if (column.ints[i] == kNullInt) {
        ++stats.null_count;
      } else if (field.type != ColumnType::kBool) {
        Widen(stats.min_int, stats.max_int, column.ints[i], column.ints[i], first);
        stats.has_range = true;
      }
    }
    all[field.name] = std::move(stats);
  }
  return all;
}

}  // namespace tidemark
