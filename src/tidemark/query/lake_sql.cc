#include "tidemark/query/lake_sql.h"

#include <algorithm>
#include <iterator>

#include "tidemark/market/tables.h"

namespace tidemark {

Result<std::vector<SqlTable>> LakeTables(const LakeView& view) {
  std::vector<SqlTable> tables;
  for (const std::string& name : view.Tables()) {
    SqlTable table{name, view.SchemaOf(name), {}, view.PartitionColumnsOf(name), {}};
    std::vector<DataFile> files = view.Files(name);
    for (const DataFile& file : files) table.files.push_back(view.Uri(name, file));
    table.fetch = [&view, name, files = std::move(files)]() -> Status {
      for (const DataFile& file : files) {
        TM_ASSIGN(const std::string path, view.Fetch(name, file));
      }
      return {};
    };
    tables.push_back(std::move(table));
  }
  for (const TableSpec& spec : AllTables({})) {
    if (!view.HasTable(spec.name)) {
      tables.push_back({spec.name, spec.schema, {}, spec.partition_by, {}});
    }
  }
  return tables;
}

Result<std::unique_ptr<SqlSession>> OpenLakeSql(const LakeView& view, const SqlOptions& options,
                                                std::vector<SqlTable> more) {
  TM_ASSIGN(std::vector<SqlTable> tables, LakeTables(view));
  std::ranges::move(more, std::back_inserter(tables));
  return SqlSession::Open(std::move(tables), options);
}

}  // namespace tidemark
