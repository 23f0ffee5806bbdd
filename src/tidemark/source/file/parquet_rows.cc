#include "tidemark/source/file/parquet_rows.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "tidemark/source/file/layout.h"
#include "tidemark/source/file/number.h"

namespace tidemark {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int64_t kBatchRows = 16'384;

std::unexpected<Error> Damaged(const std::string& words) {
  return Fail(ErrorCode::kParse, "the Parquet file cannot be read: " + words);
}

// One column of a batch, read value by value whatever its type.
class ColumnReader {
 public:
  explicit ColumnReader(std::shared_ptr<arrow::Array> array) : array_(std::move(array)) {
    if (array_->type_id() != arrow::Type::DICTIONARY) return;
    dictionary_ = std::static_pointer_cast<arrow::DictionaryArray>(array_);
    array_ = dictionary_->dictionary();
  }
  bool IsNull(int64_t row) const {
    return dictionary_ ? dictionary_->IsNull(row) : array_->IsNull(row);
  }

  // The value as text, for text columns and for showing it.
  std::string Text(int64_t row) const {
    if (IsNull(row)) return "";
    const int64_t i = Index(row);
    if (array_->type_id() == arrow::Type::STRING) return As<arrow::StringArray>().GetString(i);
    if (array_->type_id() == arrow::Type::LARGE_STRING)
      return As<arrow::LargeStringArray>().GetString(i);
    const auto scalar = array_->GetScalar(i);
    return scalar.ok() ? (*scalar)->ToString() : "?";
  }

  NumberKind Number(int64_t row, double* value) const {
    *value = kNull;
    if (IsNull(row)) return NumberKind::kEmpty;
    const int64_t i = Index(row);
    switch (array_->type_id()) {
      case arrow::Type::DOUBLE:
        *value = As<arrow::DoubleArray>().Value(i);
        break;
      case arrow::Type::FLOAT:
        *value = static_cast<double>(As<arrow::FloatArray>().Value(i));
        break;
      case arrow::Type::INT64:
        *value = static_cast<double>(As<arrow::Int64Array>().Value(i));
        break;
      case arrow::Type::INT32:
        *value = As<arrow::Int32Array>().Value(i);
        break;
      default:
        return ParseNumberText(Text(row), false, value);
    }
    return std::isnan(*value) ? NumberKind::kEmpty : NumberKind::kValue;
  }

  // An id that is kept as a number, from a column of integers.
  bool Integer(int64_t row, int64_t* value) const {
    constexpr int64_t kIdLimit = 1'000'000'000'000'000'000;  // see IdNumber
    if (array_->type_id() != arrow::Type::INT64 || IsNull(row)) return false;
    const int64_t number = As<arrow::Int64Array>().Value(Index(row));
    if (number < 0 || number >= kIdLimit) return false;
    *value = number;
    return true;
  }
  // Doubles are ids when they hold every digit (pandas, where some are missing); else as text,
  // which has an exponent.
  std::string IdText(int64_t row) const {
    constexpr double kWhole = 9007199254740992.0;  // 2^53
    if (array_->type_id() == arrow::Type::DOUBLE && !IsNull(row)) {
      const double value = As<arrow::DoubleArray>().Value(Index(row));
      if (std::isnan(value)) return "";
      const bool whole = value >= 0 && value < kWhole && std::trunc(value) == value;
      return whole ? fmt::format("{:.0f}", value) : fmt::format("{:.1e}", value);
    }
    return Text(row);
  }

  std::optional<Rejection> Time(int64_t row, const TimeFormat& format, RowValues* values) const {
    const int64_t i = Index(row);
    if (IsNull(row)) return ReadTime("", format, values);
    switch (array_->type_id()) {
      case arrow::Type::TIMESTAMP: {
        const auto& type = static_cast<const arrow::TimestampType&>(*array_->type());
        return FromTicks(As<arrow::TimestampArray>().Value(i), type.unit(), type.timezone().empty(),
                         format, values);
      }
      case arrow::Type::DATE32:
        return FromTicks(int64_t{As<arrow::Date32Array>().Value(i)} * 86'400,
                         arrow::TimeUnit::SECOND, true, format, values);
      case arrow::Type::DATE64:
        return FromTicks(As<arrow::Date64Array>().Value(i), arrow::TimeUnit::MILLI, true, format,
                         values);
      case arrow::Type::DOUBLE:
        return ReadTime(fmt::format("{:.6f}", As<arrow::DoubleArray>().Value(i)), format, values);
      default:
        return ReadTime(Text(row), format, values);
    }
  }

 private:
  template <typename T>
  const T& As() const {
    return static_cast<const T&>(*array_);
  }
  int64_t Index(int64_t row) const { return dictionary_ ? dictionary_->GetValueIndex(row) : row; }

  static std::optional<Rejection> FromTicks(int64_t ticks, arrow::TimeUnit::type unit, bool local,
                                            const TimeFormat& format, RowValues* values) {
    const auto bad = [&](std::string_view why) {
      return Rejection{RejectReason::kBadTime, fmt::format("timestamp {} {}", ticks, why)};
    };
    constexpr int64_t kFactors[] = {kMicrosPerSecond, kMicrosPerMilli, 1};
    int64_t us = ticks;
    if (unit == arrow::TimeUnit::NANO) {
      if (ticks % 1000 != 0 && !format.finer) return bad("has parts of a microsecond");
      us = ticks / 1000;
    } else if (__builtin_mul_overflow(ticks, kFactors[static_cast<size_t>(unit)], &us)) {
      return bad("is out of range");
    }
    if (us > kMaxTime.us || us < kMinTime.us) return bad("is out of range");
    if (local && format.zone != nullptr) {
      const auto utc = format.zone->ToUtc(us);
      if (!utc)
        return Rejection{RejectReason::kTimeNonexistent,
                         "the clocks skipped this time in this time zone"};
      us = *utc;
    }
    values->time_us = us;
    return std::nullopt;
  }

  std::shared_ptr<arrow::Array> array_;
  std::shared_ptr<arrow::DictionaryArray> dictionary_;
};

class ParquetRows : public RowStream {
 public:
  ParquetRows(std::unique_ptr<parquet::arrow::FileReader> reader, std::vector<int> leaves,
              ColumnMap columns)
      : reader_(std::move(reader)), leaves_(std::move(leaves)), columns_(std::move(columns)) {}

  Result<bool> Next(int64_t rows_max, const RowChecker& checker, BlockOutput& out) override {
    for (int64_t rows = 0; rows < rows_max;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      try {
        const arrow::Status status = batches_->ReadNext(&batch);
        if (!status.ok()) return Damaged(status.ToString());
      } catch (const std::exception& error) {
        return Damaged(error.what());
      }
      if (batch == nullptr) return false;
      ReadBatch(*batch, checker, out);
      rows += batch->num_rows();
      row_ += batch->num_rows();
    }
    return true;
  }

  Status Rewind() override {
    row_ = 0;
    std::vector<int> groups(static_cast<size_t>(reader_->num_row_groups()));
    for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i);
    try {
      auto batches = reader_->GetRecordBatchReader(groups, leaves_);
      if (!batches.ok()) return Damaged(batches.status().ToString());
      batches_ = *std::move(batches);
    } catch (const std::exception& error) {
      return Damaged(error.what());
    }
    return {};
  }

  int64_t shared_row_bytes() const override {
    int64_t bytes = 0;
    const auto metadata = reader_->parquet_reader()->metadata();
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      const auto group = metadata->RowGroup(i);
      for (int c = 0; c < group->num_columns(); ++c)
        bytes += group->ColumnChunk(c)->total_compressed_size();
    }
    return bytes;
  }
  std::string Words() const override { return "parquet, " + RolesInWords(columns_.roles); }
  const ColumnMap& columns() const override { return columns_; }

 private:
  struct Texts {
    std::string symbol, venue, id;
  };
  static std::optional<Rejection> ReadCell(const ColumnReader& column, int64_t i, Role role,
                                           const RowRules& rules, Texts& texts, RowValues* row) {
    switch (role) {
      case Role::kTime:
        return column.Time(i, rules.time, row);
      case Role::kSymbol:
        return ReadField(texts.symbol = column.Text(i), role, rules, row);
      case Role::kVenue:
        return ReadField(texts.venue = column.Text(i), role, rules, row);
      case Role::kId:
        if (column.Integer(i, &row->id_number)) return std::nullopt;
        return ReadField(texts.id = column.IdText(i), role, rules, row);
      case Role::kSide:
      case Role::kSequence:
        return ReadField(column.Text(i), role, rules, row);
      default:
        break;
    }
    if (column.Number(i, &row->Of(role)) != NumberKind::kBad) return std::nullopt;
    return Rejection{RejectReason::kBadNumber,
                     fmt::format("{} '{}' is not a number", NameOf(role), column.Text(i))};
  }
  void ReadBatch(const arrow::RecordBatch& batch, const RowChecker& checker,
                 BlockOutput& out) const {
    std::vector<ColumnReader> columns;
    for (int c = 0; c < batch.num_columns(); ++c) columns.emplace_back(batch.column(c));
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      RowValues row;
      Texts texts;
      std::optional<Rejection> rejection;
      for (size_t c = 0; c < columns.size() && !rejection; ++c) {
        rejection = ReadCell(columns[c], i, columns_.roles[c], checker.rules(), texts, &row);
      }
      if (!rejection && out.Take(checker, row)) continue;
      out.lines = row_ + i;
      std::string shown;
      for (size_t c = 0; c < columns.size(); ++c) {
        shown += fmt::format("{}{}={}", c == 0 ? "" : ",", NameOf(columns_.roles[c]),
                             columns[c].Text(i));
      }
      if (rejection) {
        out.Reject(*std::move(rejection), shown, row_ + i);
      } else {
        out.File(checker, row, shown, row_ + i);
      }
    }
    out.row_bytes = out.reject_bytes = 0;  // rows share compressed pages: see shared_row_bytes
  }

  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::vector<int> leaves_;
  ColumnMap columns_;  // of the leaves read
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  int64_t row_ = 0;
};

}  // namespace

bool LooksLikeParquet(std::string_view content) {
  // Behind the magic stands a Thrift structure, whose first byte is 0x15; in a text there is none.
  return content.starts_with(kMagic) &&
         (content.size() == kMagic.size() || content[kMagic.size()] < ' ');
}

Result<std::unique_ptr<RowStream>> OpenParquet(std::string_view content, const ColumnHints& hints) {
  if (content.size() < 12 || !content.ends_with(kMagic)) {
    return Damaged("its end is missing (the file is cut)");
  }
  try {
    auto buffer = std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(content.data()),
                                                  static_cast<int64_t>(content.size()));
    auto file = std::make_shared<arrow::io::BufferReader>(buffer);
    parquet::arrow::FileReaderBuilder builder;
    parquet::ReaderProperties pages;
    pages.set_page_checksum_verification(true);
    if (const auto status = builder.Open(file, pages); !status.ok()) {
      return Damaged(status.ToString());
    }
    parquet::ArrowReaderProperties properties;
    properties.set_use_threads(false);
    properties.set_batch_size(kBatchRows);
    std::unique_ptr<parquet::arrow::FileReader> reader;
    if (const auto status = builder.properties(properties)->Build(&reader); !status.ok()) {
      return Damaged(status.ToString());
    }
    std::vector<std::string> names;
    std::vector<int> leaf_of;
    for (const auto& field : reader->manifest().schema_fields) {
      if (!field.is_leaf()) continue;
      names.push_back(field.field->name());
      leaf_of.push_back(field.column_index);
    }
    TM_ASSIGN(ColumnMap columns, MapColumns(names, hints));
    if (!columns.complete()) {
      return Fail(ErrorCode::kParse,
                  fmt::format("the Parquet file has no {} among its columns: {} (set `columns` to "
                              "name them)",
                              NeededColumns(hints.kind), fmt::join(names, ", ")));
    }
    std::vector<int> leaves;
    std::vector<Role> roles;
    for (size_t i = 0; i < names.size(); ++i) {
      if (columns.roles[i] == Role::kSkip) continue;
      leaves.push_back(leaf_of[i]);
      roles.push_back(columns.roles[i]);
    }
    columns.roles = std::move(roles);
    auto rows =
        std::make_unique<ParquetRows>(std::move(reader), std::move(leaves), std::move(columns));
    TM_TRY(rows->Rewind());
    return rows;
  } catch (const std::exception& error) {
    return Damaged(error.what());
  }
}

}  // namespace tidemark
