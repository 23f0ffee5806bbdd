// The questions the report asks the tables.
#pragma once

#include <string>

#include "tidemark/base/result.h"
#include "tidemark/query/report/report.h"
#include "tidemark/query/sql_session.h"

namespace tidemark {

// The page's data as one JSON object. `price_buckets` is how many buckets a series' whole history
// is cut into, `recent_rows` how many of its last week's points are kept.
Result<std::string> CollectReportData(SqlSession& session, const ReportOptions& options,
                                      int price_buckets, int recent_rows);

}  // namespace tidemark
