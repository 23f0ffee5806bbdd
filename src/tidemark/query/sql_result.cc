#include "tidemark/query/sql_result.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/market/candle.h"
#include "tidemark/query/sql_result_state.h"

namespace tidemark {
namespace {

using Int128 = __int128;

std::string DecimalText(Int128 value, int scale) {
  const bool negative = value < 0;
  auto magnitude = static_cast<unsigned __int128>(value);
  if (negative) magnitude = -magnitude;
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  } while (magnitude != 0);
  while (static_cast<int>(digits.size()) <= scale) digits.push_back('0');
  if (scale > 0) digits.insert(static_cast<size_t>(scale), 1, '.');
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Int128 HugeAt(const void* data, size_t row) {
  const duckdb_hugeint value = static_cast<const duckdb_hugeint*>(data)[row];
  return (static_cast<Int128>(value.upper) << 64) + static_cast<Int128>(value.lower);
}

Int128 IntegerAt(const void* data, size_t row, duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_SMALLINT:
      return static_cast<const int16_t*>(data)[row];
    case DUCKDB_TYPE_INTEGER:
      return static_cast<const int32_t*>(data)[row];
    case DUCKDB_TYPE_BIGINT:
      return static_cast<const int64_t*>(data)[row];
    case DUCKDB_TYPE_UBIGINT:
      return static_cast<const uint64_t*>(data)[row];
    default:
      return HugeAt(data, row);
  }
}

template <typename T>
void ReadInts(const void* data, size_t rows, std::vector<int64_t>* out) {
  const T* values = static_cast<const T*>(data);
  for (size_t i = 0; i < rows; ++i) (*out)[i] = static_cast<int64_t>(values[i]);
}

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::string_view TextAt(const void* data, size_t row) {
  const auto* value = static_cast<const duckdb_string_t*>(data) + row;
  const uint32_t size = value->value.inlined.length;
  return {size <= 12 ? value->value.inlined.inlined : value->value.pointer.ptr, size};
}

SqlType TypeOf(const DuckDbColumn& column) {
  switch (column.type) {
    case DUCKDB_TYPE_BOOLEAN:
      return SqlType::kBool;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
      return SqlType::kInt;
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_DECIMAL:
      return SqlType::kBigInt;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return SqlType::kDouble;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return SqlType::kTime;
    case DUCKDB_TYPE_DATE:
      return SqlType::kDate;
    case DUCKDB_TYPE_BLOB:
      return SqlType::kBytes;
    case DUCKDB_TYPE_SQLNULL:
      return SqlType::kUntyped;
    default:
      return column.json ? SqlType::kJson : SqlType::kText;
  }
}

void ReadColumn(const DuckDbColumn& column, const void* data, size_t rows, SqlValues* out) {
  const auto ints = [&] {
    out->ints.resize(rows);
    return &out->ints;
  };
  switch (column.type) {
    case DUCKDB_TYPE_BOOLEAN:
      ReadInts<bool>(data, rows, ints());
      break;
    case DUCKDB_TYPE_TINYINT:
      ReadInts<int8_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_SMALLINT:
      ReadInts<int16_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_INTEGER:
      ReadInts<int32_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_BIGINT:
      ReadInts<int64_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_UTINYINT:
      ReadInts<uint8_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_USMALLINT:
      ReadInts<uint16_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_UINTEGER:
      ReadInts<uint32_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      ReadInts<int64_t>(data, rows, ints());
      break;
    case DUCKDB_TYPE_TIMESTAMP_S:
      ReadInts<int64_t>(data, rows, ints());
      for (int64_t& t : out->ints) t *= kMicrosPerSecond;
      break;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      ReadInts<int64_t>(data, rows, ints());
      for (int64_t& t : out->ints) t *= kMicrosPerMilli;
      break;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      ReadInts<int64_t>(data, rows, ints());
      for (int64_t& t : out->ints) t = FloorDivide(t, 1000);
      break;
    case DUCKDB_TYPE_DATE:
      ReadInts<int32_t>(data, rows, ints());
      for (int64_t& t : out->ints) t *= kMicrosPerDay;
      break;
    case DUCKDB_TYPE_FLOAT: {
      const float* values = static_cast<const float*>(data);
      out->doubles.assign(values, values + rows);
      break;
    }
    case DUCKDB_TYPE_DOUBLE: {
      const double* values = static_cast<const double*>(data);
      out->doubles.assign(values, values + rows);
      break;
    }
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_DECIMAL: {
      const duckdb_type layout = column.type == DUCKDB_TYPE_DECIMAL ? column.internal : column.type;
      out->texts.resize(rows);
      for (size_t i = 0; i < rows; ++i) {
        if (!out->is_null[i]) out->texts[i] = DecimalText(IntegerAt(data, i, layout), column.scale);
      }
      break;
    }
    case DUCKDB_TYPE_SQLNULL:
      break;
    default:
      out->texts.resize(rows);
      for (size_t i = 0; i < rows; ++i) {
        if (!out->is_null[i]) out->texts[i] = TextAt(data, i);
      }
  }
}

ColumnType BatchTypeOf(SqlType type) {
  switch (type) {
    case SqlType::kBool:
      return ColumnType::kBool;
    case SqlType::kInt:
      return ColumnType::kInt;
    case SqlType::kBigInt:
    case SqlType::kUntyped:
    case SqlType::kDouble:
      return ColumnType::kDouble;
    case SqlType::kTime:
    case SqlType::kDate:
      return ColumnType::kTime;
    case SqlType::kBytes:
      return ColumnType::kBytes;
    default:
      return ColumnType::kString;
  }
}

void AppendValues(const SqlValues& values, SqlType type, size_t rows, Column* out) {
  for (size_t i = 0; i < rows; ++i) {
    const bool null = values.is_null[i] != 0;
    switch (type) {
      case SqlType::kBool:
      case SqlType::kInt:
      case SqlType::kTime:
      case SqlType::kDate:
        out->ints.push_back(null ? kNullInt : values.ints[i]);
        break;
      case SqlType::kDouble:
        out->doubles.push_back(null ? kNull : values.doubles[i]);
        break;
      case SqlType::kUntyped:
        out->doubles.push_back(kNull);
        break;
      case SqlType::kBigInt: {
        double number = kNull;
        const std::string* text = null ? nullptr : &values.texts[i];
        if (text) (void)std::from_chars(text->data(), text->data() + text->size(), number);
        out->doubles.push_back(number);
        break;
      }
      default:
        if (null) {
          out->strings.AppendNull();
        } else {
          out->strings.Append(values.texts[i]);
        }
    }
  }
}

}  // namespace

bool IsNested(duckdb_type type) {
  return type == DUCKDB_TYPE_LIST || type == DUCKDB_TYPE_STRUCT || type == DUCKDB_TYPE_MAP ||
         type == DUCKDB_TYPE_ARRAY || type == DUCKDB_TYPE_UNION;
}

bool IsReadDirectly(duckdb_type type) {
  return TypeOf({type}) != SqlType::kText || type == DUCKDB_TYPE_VARCHAR;
}

Error DuckDbError(const char* message) {
  const std::string text = message != nullptr ? message : "DuckDB failed without a message";
  // A session opens the tables' files and no others, so what is wrong with a file is damage; what a
  // library below DuckDB throws ("Invalid Error") is its word on bytes that it cannot read.
  const auto says = [&](std::string_view words) { return text.find(words) != text.npos; };
  const bool cut = says("No such file") || says("Could not read enough bytes");
  if (says(".parquet") &&
      (text.starts_with("Invalid Input Error") || (text.starts_with("IO Error") && cut))) {
    return Error(ErrorCode::kCorrupt, text);
  }
  const std::pair<std::string_view, ErrorCode> kinds[] = {
      {"IO Error", ErrorCode::kIo},
      {"Permission Error", ErrorCode::kPermission},
      {"Out of Memory Error", ErrorCode::kIo},
      {"INTERNAL Error", ErrorCode::kInternal},
      {"Invalid Error", ErrorCode::kCorrupt},
      {"Not implemented Error", ErrorCode::kUnsupported}};
  for (const auto& [start, code] : kinds) {
    if (text.starts_with(start)) return Error(code, text);
  }
  return Error(ErrorCode::kInvalidArgument, text);
}

SqlResult::SqlResult(std::unique_ptr<State> state) : state_(std::move(state)) {
  const idx_t count = state_->api->column_count(&state_->result);
  for (idx_t i = 0; i < count; ++i) {
    const char* name = state_->api->column_name(&state_->result, i);
    columns_.push_back({name != nullptr ? name : "", TypeOf(state_->layout[i])});
  }
}
SqlResult::SqlResult(SqlResult&&) noexcept = default;
SqlResult& SqlResult::operator=(SqlResult&&) noexcept = default;
SqlResult::~SqlResult() = default;

int SqlResult::IndexOf(std::string_view name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Result<bool> SqlResult::Next(SqlChunk* chunk) {
  const DuckDbApi& api = *state_->api;
  duckdb_data_chunk data = api.fetch_chunk(state_->result);
  if (data == nullptr) {
    const char* message = api.result_error(&state_->result);
    if (message != nullptr && *message != 0) return Fail(DuckDbError(message));
    chunk->rows = 0;
    return false;
  }
  chunk->rows = api.data_chunk_get_size(data);
  chunk->columns.assign(columns_.size(), {});
  for (size_t c = 0; c < columns_.size(); ++c) {
    duckdb_vector vector = api.data_chunk_get_vector(data, c);
    uint64_t* validity = api.vector_get_validity(vector);
    SqlValues& values = chunk->columns[c];
    values.is_null.assign(chunk->rows, columns_[c].type == SqlType::kUntyped ? 1 : 0);
    if (validity != nullptr) {
      for (size_t i = 0; i < chunk->rows; ++i) {
        values.is_null[i] = (validity[i / 64] >> (i % 64) & 1) == 0;
      }
    }
    ReadColumn(state_->layout[c], api.vector_get_data(vector), chunk->rows, &values);
  }
  const bool more = chunk->rows > 0;
  api.destroy_data_chunk(&data);
  return more;
}

Result<Batch> SqlResult::Collect() {
  Schema schema;
  for (const SqlColumn& column : columns_) {
    schema.fields.push_back({column.name, BatchTypeOf(column.type), true});
  }
  Batch batch(std::move(schema));
  SqlChunk chunk;
  size_t rows = 0;
  for (;;) {
    TM_ASSIGN(const bool more, Next(&chunk));
    if (!more) break;
    for (size_t c = 0; c < columns_.size(); ++c) {
      AppendValues(chunk.columns[c], columns_[c].type, chunk.rows, &batch.columns[c]);
    }
    rows += chunk.rows;
  }
  batch.SetRows(rows);
  return batch;
}

}  // namespace tidemark
