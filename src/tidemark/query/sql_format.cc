#include "tidemark/query/sql_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tidemark/base/hash.h"
#include "tidemark/base/json_text.h"
#include "tidemark/base/text.h"

namespace tidemark {
namespace {

constexpr size_t kFlushBytes = 1 << 16;
// A table's column widths come from the rows up to here; later ones are cut to fit.
constexpr size_t kRowsForWidths = 2000;

bool IsNumber(SqlType type) {
  return type == SqlType::kInt || type == SqlType::kBigInt || type == SqlType::kDouble;
}

// Text of a value that is not null, for csv and table.
std::string PlainText(const SqlValues& values, SqlType type, size_t row, bool exact) {
  switch (type) {
    case SqlType::kBool:
      return values.ints[row] != 0 ? "true" : "false";
    case SqlType::kInt:
      return std::to_string(values.ints[row]);
    case SqlType::kDouble: {
      const double value = values.doubles[row];
      return exact ? ShortestDouble(value) : fmt::format("{:.10g}", value);
    }
    case SqlType::kTime:
      return FormatTime({values.ints[row]});
    case SqlType::kDate:
      return FormatDate({values.ints[row]});
    case SqlType::kBytes:
      return ToHex(values.texts[row]);
    case SqlType::kUntyped:
      return "";
    default:
      return values.texts[row];
  }
}

// At most `width` characters on one line.
std::string Fit(std::string text, size_t width) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (DisplayWidth(text) <= width) return text;
  size_t end = 0;
  for (size_t shown = 0; shown + 1 < width; ++shown) {
    ++end;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
  }
  return text.substr(0, end) + "…";
}

std::string CsvField(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string::npos &&
                     text.front() != ' ' && text.back() != ' ';
  return plain ? text : QuoteCsv(text);
}

class Writer {
 public:
  Writer(SqlResult& result, const TextSink& out) : result_(result), out_(out) {}
  virtual ~Writer() = default;

  Result<int64_t> Run() {
    Begin();
    SqlChunk chunk;
    int64_t rows = 0;
    for (;;) {
      TM_ASSIGN(const bool more, result_.Next(&chunk));
      if (!more) break;
      for (size_t i = 0; i < chunk.rows; ++i) {
        Row(chunk, i, rows++);
        if (text_.size() >= kFlushBytes) TM_TRY(Flush());
      }
    }
    End(rows);
    TM_TRY(Flush());
    return rows;
  }

 protected:
  virtual void Begin() = 0;
  virtual void Row(const SqlChunk& chunk, size_t row, int64_t number) = 0;
  virtual void End(int64_t rows) = 0;
  const std::vector<SqlColumn>& columns() const { return result_.columns(); }
  std::string text_;

 private:
  Status Flush() {
    const Status status = out_(text_);
    text_.clear();
    return status;
  }
  SqlResult& result_;
  const TextSink& out_;
};

class CsvWriter : public Writer {
  using Writer::Writer;
  void Begin() override {
    for (size_t c = 0; c < columns().size(); ++c) {
      if (c > 0) text_ += ',';
      text_ += CsvField(columns()[c].name);
    }
    text_ += "\r\n";
  }
  void Row(const SqlChunk& chunk, size_t row, int64_t) override {
    for (size_t c = 0; c < columns().size(); ++c) {
      if (c > 0) text_ += ',';
      if (chunk.columns[c].is_null[row]) continue;
      text_ += CsvField(PlainText(chunk.columns[c], columns()[c].type, row, true));
    }
    text_ += "\r\n";
  }
  void End(int64_t) override {}
};

class JsonWriter : public Writer {
  using Writer::Writer;
  void Begin() override {
    text_ += "[";
    for (const SqlColumn& column : columns()) {
      keys_.emplace_back(keys_.empty() ? "{" : ", ");
      AppendJsonString(column.name, &keys_.back());
      keys_.back() += ": ";
    }
  }
  void Row(const SqlChunk& chunk, size_t row, int64_t number) override {
    text_ += number > 0 ? ",\n " : "\n ";
    for (size_t c = 0; c < columns().size(); ++c) {
      text_ += keys_[c];
      const SqlValues& values = chunk.columns[c];
      const SqlType type = columns()[c].type;
      if (values.is_null[row]) {
        text_ += "null";
      } else if (type == SqlType::kDouble) {
        text_ += JsonNumber(values.doubles[row]);
      } else if (IsNumber(type) || type == SqlType::kBool || type == SqlType::kJson) {
        text_ += PlainText(values, type, row, true);
      } else {
        AppendJsonString(PlainText(values, type, row, true), &text_);
      }
    }
    text_ += columns().empty() ? "{}" : "}";
  }
  void End(int64_t rows) override { text_ += rows > 0 ? "\n]\n" : "]\n"; }
  std::vector<std::string> keys_;
};

class TableWriter : public Writer {
 public:
  TableWriter(SqlResult& result, const TextSink& out, const SqlFormatOptions& options)
      : Writer(result, out), options_(options) {}

 private:
  void Begin() override {
    for (const SqlColumn& column : columns()) {
      const std::string name = Fit(column.name, options_.max_column_width);
      widths_.push_back(DisplayWidth(name));
      names_.push_back(name);
    }
  }
  void Row(const SqlChunk& chunk, size_t row, int64_t number) override {
    if (options_.max_rows > 0 && static_cast<size_t>(number) >= options_.max_rows) return;
    std::vector<std::string> cells;
    for (size_t c = 0; c < columns().size(); ++c) {
      const SqlValues& values = chunk.columns[c];
      cells.push_back(Fit(
          values.is_null[row] ? std::string("–") : PlainText(values, columns()[c].type, row, false),
          laid_out_ ? widths_[c] : options_.max_column_width));
    }
    if (laid_out_) {
      AppendLine(cells);
      return;
    }
    for (size_t c = 0; c < cells.size(); ++c) {
      widths_[c] = std::max(widths_[c], DisplayWidth(cells[c]));
    }
    held_.push_back(std::move(cells));
    if (held_.size() >= kRowsForWidths) LayOut();
  }
  void End(int64_t rows) override {
    LayOut();
    const auto shown = static_cast<int64_t>(options_.max_rows);
    if (shown > 0 && rows > shown) {
      text_ += fmt::format("({} of {} rows)\n", shown, rows);
    } else {
      text_ += fmt::format("({} {})\n", rows, rows == 1 ? "row" : "rows");
    }
  }
  void LayOut() {
    if (laid_out_) return;
    laid_out_ = true;
    AppendLine(names_);
    for (size_t c = 0; c < widths_.size(); ++c) {
      if (c > 0) text_ += "  ";
      for (size_t i = 0; i < widths_[c]; ++i) text_ += "─";
    }
    text_ += '\n';
    for (const auto& cells : held_) AppendLine(cells);
    held_.clear();
  }
  void AppendLine(const std::vector<std::string>& cells) {
    for (size_t c = 0; c < cells.size(); ++c) {
      const std::string padding(widths_[c] - DisplayWidth(cells[c]), ' ');
      if (c > 0) text_ += "  ";
      if (IsNumber(columns()[c].type)) {
        text_ += padding + cells[c];
      } else {
        text_ += c + 1 < cells.size() ? cells[c] + padding : cells[c];
      }
    }
    text_ += '\n';
  }

  const SqlFormatOptions& options_;
  bool laid_out_ = false;
  std::vector<std::string> names_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> held_;
};

}  // namespace

Result<SqlFormat> ParseSqlFormat(std::string_view text) {
  if (text == "table") return SqlFormat::kTable;
  if (text == "csv") return SqlFormat::kCsv;
  if (text == "json") return SqlFormat::kJson;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a text format: table, csv or json", text));
}

Result<int64_t> WriteSqlResult(SqlResult& result, SqlFormat format, const TextSink& out,
                               const SqlFormatOptions& options) {
  switch (format) {
    case SqlFormat::kCsv:
      return CsvWriter(result, out).Run();
    case SqlFormat::kJson:
      return JsonWriter(result, out).Run();
    default:
      return TableWriter(result, out, options).Run();
  }
}

}  // namespace tidemark
