#include "tidemark/query/report/report.h"

#include <fmt/format.h>

#include "tidemark/base/json_text.h"
#include "tidemark/query/report/report_assets.h"
#include "tidemark/query/report/report_data.h"
#include "tidemark/query/report/report_embed.h"

namespace tidemark {
namespace {

// What the page says about itself beside the tables' data.
std::string OriginJson(const ReportOptions& options) {
  std::string out = "{";
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"lake", &options.lake},
      {"version", &options.version},
      {"command", &options.command},
      {"generated_at", &options.generated_at},
      {"config", &options.config_toml}};
  for (const auto& [key, value] : texts) {
    AppendJsonString(key, &out);
    out += ':';
    AppendJsonString(*value, &out);
    out += ',';
  }
  out += "\"digests\":[";
  for (size_t i = 0; i < options.digests.size(); ++i) {
    out += i > 0 ? ",{\"name\":" : "{\"name\":";
    AppendJsonString(options.digests[i].first, &out);
    out += ",\"digest\":";
    AppendJsonString(options.digests[i].second, &out);
    out += '}';
  }
  return out + "]}";
}

std::string Page(const ReportOptions& options, const std::string& data) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n";
  html += fmt::format("<title>{}</title>\n<style>", HtmlEscaped(options.title));
  html += kReportStyle;
  html += "</style>\n</head>\n<body>";
  html += kReportBody;
  html += "<script type=\"application/json\" id=\"data\">" + ScriptSafe(data) + "</script>\n";
  html += "<script type=\"application/json\" id=\"origin-data\">" +
          ScriptSafe(OriginJson(options)) + "</script>\n<script>";
  for (const std::string_view script :
       {kReportScriptTools, kReportScriptCharts, kReportScriptPrice, kReportScriptPage}) {
    html += script;
  }
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace

Result<std::string> RenderReport(SqlSession& session, const ReportOptions& options) {
  int buckets = 12'000;
  int recent = 4'000;
  for (;;) {
    TM_ASSIGN(const std::string data, CollectReportData(session, options, buckets, recent));
    std::string page = Page(options, data);
    if (static_cast<int64_t>(page.size()) <= options.max_bytes || buckets <= 750) return page;
    // Too many series for this detail: coarser buckets, still least and greatest of each.
    buckets /= 2;
    recent /= 2;
  }
}

}  // namespace tidemark
