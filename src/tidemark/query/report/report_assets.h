// The page's style sheet and scripts: written by hand, no library, no network.
#pragma once

#include <string_view>

namespace tidemark {

extern const std::string_view kReportStyle;
// In this order inside one <script>: reading the data and small tools, charts, then the page.
extern const std::string_view kReportScriptTools;
extern const std::string_view kReportScriptCharts;
extern const std::string_view kReportScriptPrice;
extern const std::string_view kReportScriptPage;
// What stands in <body> before the data: header, navigation, the twelve sections.
extern const std::string_view kReportBody;

}  // namespace tidemark
