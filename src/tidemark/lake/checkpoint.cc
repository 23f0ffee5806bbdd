// Checkpoints: the log's actions as one Parquet file with a struct column per kind of action, one
// action per row. Both ways go through Json, driven by the Arrow types alone.
#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>

#include "tidemark/base/check.h"
#include "tidemark/lake/delta_log.h"

namespace tidemark {
namespace {

using arrow::field;

std::shared_ptr<arrow::DataType> TextMapType() { return arrow::map(arrow::utf8(), arrow::utf8()); }

std::shared_ptr<arrow::Schema> CheckpointSchema() {
  const auto& text = arrow::utf8();
  const auto& number = arrow::int64();
  const auto& flag = arrow::boolean();
  return arrow::schema({
      field("txn", arrow::struct_({field("appId", text), field("version", number),
                                   field("lastUpdated", number)})),
      field("add", arrow::struct_({field("path", text), field("partitionValues", TextMapType()),
                                   field("size", number), field("modificationTime", number),
                                   field("dataChange", flag), field("stats", text),
                                   field("tags", TextMapType())})),
      field("remove", arrow::struct_({field("path", text), field("deletionTimestamp", number),
                                      field("dataChange", flag)})),
      field("metaData",
            arrow::struct_(
                {field("id", text), field("name", text),
                 field("format",
                       arrow::struct_({field("provider", text), field("options", TextMapType())})),
                 field("schemaString", text), field("partitionColumns", arrow::list(text)),
                 field("configuration", TextMapType()), field("createdTime", number)})),
      field("protocol", arrow::struct_({field("minReaderVersion", arrow::int32()),
                                        field("minWriterVersion", arrow::int32())})),
  });
}

arrow::Status AppendJson(const Json& json, arrow::ArrayBuilder& builder) {
  if (json.is_null()) return builder.AppendNull();
  switch (builder.type()->id()) {
    case arrow::Type::STRING:
      return static_cast<arrow::StringBuilder&>(builder).Append(json.AsString());
    case arrow::Type::INT64:
      return static_cast<arrow::Int64Builder&>(builder).Append(json.AsInt(0));
    case arrow::Type::INT32:
      return static_cast<arrow::Int32Builder&>(builder).Append(static_cast<int32_t>(json.AsInt(0)));
    case arrow::Type::BOOL:
      return static_cast<arrow::BooleanBuilder&>(builder).Append(json.AsBool(false));
    case arrow::Type::LIST: {
      auto& list = static_cast<arrow::ListBuilder&>(builder);
      ARROW_RETURN_NOT_OK(list.Append());
      for (const Json& item : json.items()) {
        ARROW_RETURN_NOT_OK(AppendJson(item, *list.value_builder()));
      }
      return arrow::Status::OK();
    }
    case arrow::Type::MAP: {
      auto& map = static_cast<arrow::MapBuilder&>(builder);
      ARROW_RETURN_NOT_OK(map.Append());
      for (const auto& [name, value] : json.members()) {
        ARROW_RETURN_NOT_OK(AppendJson(Json::String(name), *map.key_builder()));
        ARROW_RETURN_NOT_OK(AppendJson(value, *map.item_builder()));
      }
      return arrow::Status::OK();
    }
    case arrow::Type::STRUCT: {
      auto& fields = static_cast<arrow::StructBuilder&>(builder);
      ARROW_RETURN_NOT_OK(fields.Append());
      for (int i = 0; i < fields.num_fields(); ++i) {
        ARROW_RETURN_NOT_OK(
            AppendJson(json[fields.type()->field(i)->name()], *fields.field_builder(i)));
      }
      return arrow::Status::OK();
    }
    default:
      CHECK(false);
  }
}

// The value at `row`; members that are null are left out.
Json ValueAt(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return Json();
  switch (array.type_id()) {
    case arrow::Type::STRING:
      return Json::String(static_cast<const arrow::StringArray&>(array).GetView(row));
    case arrow::Type::INT64:
      return Json::Int(static_cast<const arrow::Int64Array&>(array).Value(row));
    case arrow::Type::INT32:
      return Json::Int(static_cast<const arrow::Int32Array&>(array).Value(row));
    case arrow::Type::BOOL:
      return Json::Bool(static_cast<const arrow::BooleanArray&>(array).Value(row));
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      Json out = Json::Array();
      for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
        out.Add(ValueAt(*list.values(), i));
      }
      return out;
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapArray&>(array);
      Json out = Json::Object();
      for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
        out.Set(ValueAt(*map.keys(), i).AsString(), ValueAt(*map.items(), i));
      }
      return out;
    }
    case arrow::Type::STRUCT: {
      const auto& fields = static_cast<const arrow::StructArray&>(array);
      Json out = Json::Object();
      for (int i = 0; i < fields.num_fields(); ++i) {
        Json value = ValueAt(*fields.field(i), row);
        if (!value.is_null()) out.Set(fields.type()->field(i)->name(), std::move(value));
      }
      return out;
    }
    default:
      return Json();  // of a kind that no action we know has
  }
}

// The state as actions; schema first, so that a reader can apply them in order.
Result<std::vector<Json>> ActionsOf(const TableState& state) {
  std::vector<Json> actions;
  const auto add = [&](std::string_view kind, const std::string& text) -> Status {
    TM_ASSIGN(Json value, Json::Parse(text));
    // A checkpoint lists what is there: none of it is a change.
    if (kind == "add") {
      Json copy = Json::Object();
      for (const auto& [name, member] : value.members()) {
        copy.Set(name, name == "dataChange" ? Json::Bool(false) : member);
      }
      value = std::move(copy);
    }
    actions.push_back(Json::Object().Set(kind, std::move(value)));
    return {};
  };
  TM_TRY(add("protocol", state.protocol_json));
  TM_TRY(add("metaData", state.metadata_json));
  for (const auto& [app, text] : state.transaction_json) TM_TRY(add("txn", text));
  for (const auto& [path, file] : state.files) TM_TRY(add("add", file.add_json));
  for (const auto& [path, removed_ms] : state.tombstones) {
    actions.push_back(
        Json::Object().Set("remove", Json::Object()
                                         .Set("path", Json::String(EncodeLogPath(path)))
                                         .Set("deletionTimestamp", Json::Int(removed_ms))
                                         .Set("dataChange", Json::Bool(false))));
  }
  return actions;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ToParquet(const std::vector<Json>& actions) {
  const auto schema = CheckpointSchema();
  arrow::ArrayVector columns;
  for (const auto& column : schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(column->type()));
    for (const Json& action : actions) {
      ARROW_RETURN_NOT_OK(AppendJson(action[column->name()], *builder));
    }
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), builder->Finish());
  }
  const auto table = arrow::Table::Make(schema, columns, static_cast<int64_t>(actions.size()));
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::SNAPPY)
                              ->created_by("tidemark")
                              ->build();
  ARROW_RETURN_NOT_OK(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 1 << 20, properties));
  return sink->Finish();
}

arrow::Result<std::shared_ptr<arrow::Table>> FromParquet(std::string_view bytes) {
  const auto buffer = std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size()));
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        parquet::arrow::OpenFile(std::make_shared<arrow::io::BufferReader>(buffer),
                                                 arrow::default_memory_pool()));
  reader->set_use_threads(false);
  ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadTable());
  return table->CombineChunks();
}

}  // namespace

Result<std::string> EncodeCheckpoint(const TableState& state) {
  TM_ASSIGN(const std::vector<Json> actions, ActionsOf(state));
  try {
    const auto bytes = ToParquet(actions);
    if (!bytes.ok()) return Fail(ErrorCode::kInternal, bytes.status().ToString());
    return (*bytes)->ToString();
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kInternal, error.what());
  }
}

Status DecodeCheckpoint(std::string_view bytes, TableState& state) {
  std::shared_ptr<arrow::Table> table;
  try {
    const auto read = FromParquet(bytes);
    if (!read.ok()) return Fail(ErrorCode::kCorrupt, read.status().ToString());
    table = *read;
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kCorrupt, error.what());
  }
  // Files can only be read once the schema is known, wherever in the checkpoint it stands.
  for (const bool schema_pass : {true, false}) {
    for (const auto& column : table->schema()->fields()) {
      const bool is_schema = column->name() == "metaData" || column->name() == "protocol";
      if (is_schema != schema_pass) continue;
      for (const auto& chunk : table->GetColumnByName(column->name())->chunks()) {
        for (int64_t row = 0; row < chunk->length(); ++row) {
          if (chunk->IsNull(row)) continue;
          TM_TRY(state.ApplyAction(Json::Object().Set(column->name(), ValueAt(*chunk, row))));
        }
      }
    }
  }
  return {};
}

}  // namespace tidemark
