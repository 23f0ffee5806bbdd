// A pinned lake as tables of SQL.
#pragma once

#include <memory>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/lake/lake_view.h"
#include "tidemark/query/sql_session.h"

namespace tidemark {

// One SqlTable per table of the epoch, and an empty one for each table of the design the lake does
// not have yet, so that a query about it is answered and not refused. Errors: those of fetching
// files from a remote lake.
Result<std::vector<SqlTable>> LakeTables(const LakeView& view);

// SqlSession::Open over LakeTables, and more. The view must outlive the session.
Result<std::unique_ptr<SqlSession>> OpenLakeSql(const LakeView& view, const SqlOptions& options,
                                                std::vector<SqlTable> more = {});

}  // namespace tidemark
