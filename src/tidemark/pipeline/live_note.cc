#include "tidemark/pipeline/live_note.h"

#include "tidemark/base/json.h"
#include "tidemark/base/json_text.h"

namespace tidemark {

std::string LiveNotePath(const std::string& journal_folder) { return journal_folder + "/live"; }

std::string LiveNote::ToJson() const {
  // Messages quote venues and files; JsonString takes any bytes.
  std::string text = "{\"process\":" + std::to_string(process) +
                     ",\"started\":" + std::to_string(started.us) + ",\"problems\":[";
  for (const LiveProblem& problem : problems) {
    if (text.back() == '}') text += ',';
    text += "{\"code\":" + JsonString(problem.code) +
            ",\"message\":" + JsonString(problem.message.substr(0, 300)) + "}";
    if (text.size() > 2000) break;  // it has one block of a disk
  }
  return text + "]}";
}

std::optional<LiveNote> LiveNote::Read(const std::string& path) {
  const auto text = FileLock::ReadHolder(path);
  if (!text) return std::nullopt;
  const auto json = Json::Parse(*text);
  if (!json) return std::nullopt;
  LiveNote note;
  note.process = (*json)["process"].AsInt(0);
  note.started.us = (*json)["started"].AsInt(0);
  for (const Json& problem : (*json)["problems"].items()) {
    note.problems.push_back({problem["code"].AsString(), problem["message"].AsString()});
  }
  return note;
}

}  // namespace tidemark
