#include "tidemark/source/file/json_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/source/file/json_scan.h"
#include "tidemark/source/file/layout.h"

namespace tidemark {
namespace {

constexpr int kDepthMax = 3;

// The member that a value of its own is.
JsonMember MemberOf(std::string_view value) {
  JsonMember member;
  member.end = value.size();
  if (value.starts_with('"')) {
    member.kind = JsonMember::Kind::kString;
    ++member.begin;
    --member.end;
  } else if (value.starts_with('{') || value.starts_with('[')) {
    member.kind = JsonMember::Kind::kNested;
  }
  return member;
}

}  // namespace

// Walks the members of an object and tells whether they are the columns of a table.
class ColumnSearch {
 public:
  ColumnSearch(std::string_view content, const ColumnHints& hints)
      : content_(content), hints_(hints) {}

  Result<std::unique_ptr<JsonColumns>> InObject(size_t object, const std::string& path, int depth) {
    std::vector<Column> found;
    std::vector<std::pair<size_t, std::string>> inner;
    size_t at = SkipJsonSpace(content_, object + 1);
    while (at < content_.size() && content_[at] == '"') {
      const std::optional<std::string> key = TakeJsonKey(content_, &at);
      if (!key) return nullptr;
      const char first = content_[at];
      if (first == '{' || first == '[') {
        const char element = FirstElement(at);
        if (first == '[' && element == '{') return nullptr;  // records
        if (element == '[' && key != "data") return nullptr;
        if (first == '{' && (element == '{' || element == '[')) {
          if (depth < kDepthMax) inner.emplace_back(at, path.empty() ? *key : path + "." + *key);
        } else {
          found.push_back({*key, at});
        }
      }
      const size_t size = SkipJsonValue(content_.substr(at));
      if (size >= kJsonCut) return Damaged(found, path);
      at = SkipJsonSpace(content_, at + size);
      if (at < content_.size() && content_[at] == ',') at = SkipJsonSpace(content_, at + 1);
    }
    TM_ASSIGN(auto columns, Build(found, path));
    if (columns != nullptr) return columns;
    for (const auto& [start, inner_path] : inner) {
      TM_ASSIGN(columns, InObject(start, inner_path, depth + 1));
      if (columns != nullptr) return columns;
    }
    return nullptr;
  }

 private:
  struct Column {
    std::string name;
    size_t at;
  };

  // The first byte of the first element's value, 0 when there is none.
  char FirstElement(size_t container) const {
    size_t at = SkipJsonSpace(content_, container + 1);
    if (at >= content_.size()) return 0;
    if (content_[container] == '[') return content_[at];
    if (content_[at] != '"') return 0;
    return TakeJsonKey(content_, &at) ? content_[at] : static_cast<char>(0);
  }

  // A column that does not end: an error if the ones so far, this one included, start a candle
  // table.
  Result<std::unique_ptr<JsonColumns>> Damaged(const std::vector<Column>& found,
                                               const std::string& path) const {
    std::vector<std::string> names;
    for (const Column& column : found) names.push_back(column.name);
    const auto map = MapColumns(names, hints_);
    if (!map || map->Find(Role::kTime) < 0) return nullptr;
    return Fail(ErrorCode::kParse, fmt::format("the JSON column '{}{}{}' is cut or damaged", path,
                                               path.empty() ? "" : ".", names.back()));
  }

  Result<std::unique_ptr<JsonColumns>> Build(const std::vector<Column>& found,
                                             const std::string& path) const {
    auto table = std::make_unique<JsonColumns>();
    table->content_ = content_;
    table->where_ = path;
    TM_ASSIGN(const bool split, BuildSplit(found, *table));
    if (split) return table;
    std::vector<std::string> names;
    for (const Column& column : found) names.push_back(column.name);
    auto map = MapColumns(names, hints_);
    if (!map) return nullptr;
    table->columns_ = *std::move(map);
    if (!table->columns_.complete()) {
      // The index, the keys inside the columns, may be the time.
      ColumnMap with_keys = table->columns_;
      with_keys.roles.push_back(Role::kTime);
      if (table->columns_.Find(Role::kTime) >= 0 || !with_keys.complete()) return nullptr;
      if (content_[found.front().at] != '{') return nullptr;
      table->time_from_keys_ = true;
    }
    for (size_t i = 0; i < found.size(); ++i) {
      if (table->columns_.roles[i] == Role::kSkip) continue;
      JsonColumns::Cursor cursor;
      cursor.start = cursor.at = found[i].at + 1;
      cursor.object = content_[found[i].at] == '{';
      cursor.role = table->columns_.roles[i];
      table->cursors_.push_back(std::move(cursor));
    }
    return table;
  }

  // {"columns":[names],"index":[times],"data":[[values],…]} whose names have no time. With a time
  // among them it is an array of records.
  Result<bool> BuildSplit(const std::vector<Column>& found, JsonColumns& table) const {
    const auto named = [&](std::string_view name) {
      const auto it =
          std::find_if(found.begin(), found.end(), [&](const Column& c) { return c.name == name; });
      return it == found.end() || content_[it->at] != '[' ? nullptr : &*it;
    };
    const Column *columns = named("columns"), *index = named("index"), *data = named("data");
    if (columns == nullptr || index == nullptr || data == nullptr) return false;
    std::vector<JsonMember> members;
    if (ScanJsonRecord(content_.substr(columns->at), true, &members) >= kJsonCut) return false;
    std::vector<std::string> names;
    for (const JsonMember& m : members) {
      names.push_back(UnescapeJson(content_.substr(columns->at + m.begin, m.end - m.begin)));
    }
    TM_ASSIGN(ColumnMap map, MapColumns(names, hints_));
    if (map.Find(Role::kTime) >= 0) return false;
    JsonColumns::Cursor values, times;
    values.start = values.at = data->at + 1;
    values.roles = map.roles;
    times.start = times.at = index->at + 1;
    times.role = Role::kTime;
    map.roles.insert(map.roles.begin(), Role::kTime);
    if (!map.complete()) return false;
    table.columns_ = std::move(map);
    table.cursors_ = {times, values};
    return true;
  }

  std::string_view content_;
  const ColumnHints& hints_;
};

Result<std::unique_ptr<JsonColumns>> JsonColumns::Detect(std::string_view content,
                                                         const ColumnHints& hints) {
  const size_t at = SkipJsonSpace(content, 0);
  if (at >= content.size() || content[at] != '{') return nullptr;
  return ColumnSearch(content, hints).InObject(at, "", 0);
}

std::string JsonColumns::Words() const {
  return fmt::format("json columns{}{}, {}{}", where_.empty() ? "" : " in ", where_,
                     time_from_keys_ ? "time (index) " : "", RolesInWords(columns_.roles));
}

Status JsonColumns::Rewind() {
  for (Cursor& cursor : cursors_) cursor.at = cursor.start;
  return {};
}

std::optional<JsonColumns::Element> JsonColumns::Advance(Cursor& cursor, BlockOutput& out) const {
  size_t at = SkipJsonSpace(content_, cursor.at);
  if (at < content_.size() && content_[at] == ',') at = SkipJsonSpace(content_, at + 1);
  if (at >= content_.size() || content_[at] == '}' || content_[at] == ']') return std::nullopt;
  out.separator_bytes += static_cast<int64_t>(at - cursor.at);
  Element element;
  element.begin = at;
  if (cursor.object) {
    const size_t size = SkipJsonValue(content_.substr(at));
    if (size >= kJsonCut) return std::nullopt;
    element.key = content_.substr(at + 1, size - 2);
    at = SkipJsonSpace(content_, at + size);
    if (at >= content_.size() || content_[at] != ':') return std::nullopt;
    at = SkipJsonSpace(content_, at + 1);
  }
  const size_t size = SkipJsonValue(content_.substr(at));
  if (size >= kJsonCut) return std::nullopt;
  element.value = content_.substr(at, size);
  element.end = cursor.at = at + size;
  return element;
}

Result<bool> JsonColumns::Next(int64_t rows_max, const RowChecker& checker, BlockOutput& out) {
  std::vector<std::optional<Element>> elements(cursors_.size());
  for (int64_t row = 0; row < rows_max; ++row) {
    bool any = false;
    for (size_t i = 0; i < cursors_.size(); ++i) {
      elements[i] = Advance(cursors_[i], out);
      any = any || elements[i].has_value();
    }
    if (!any) return false;
    ReadRow(elements, checker, out);
  }
  return true;
}

void JsonColumns::ReadRow(const std::vector<std::optional<Element>>& elements,
                          const RowChecker& checker, BlockOutput& out) const {
  std::string bytes;  // the pieces of the row, which stand apart
  const Element* first = nullptr;
  std::optional<Rejection> rejection;
  RowValues row;
  JsonTexts texts;
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!elements[i]) {
      rejection = Rejection{RejectReason::kMissingValue,
                            fmt::format("the column of {} is shorter", NameOf(cursors_[i].role))};
      continue;
    }
    const Element& element = *elements[i];
    if (first == nullptr) first = &element;
    bytes += content_.substr(element.begin, element.end - element.begin);
    if (element.key != first->key) {
      rejection = Rejection{
          RejectReason::kBadRecord,
          fmt::format("key {} beside key {}", element.key.substr(0, 40), first->key.substr(0, 40))};
    } else if (auto problem = ReadElement(element, cursors_[i], checker.rules(), &row, &texts);
               problem && !rejection) {
      rejection = std::move(problem);
    }
  }
  if (time_from_keys_ && !rejection) {
    rejection = ReadTime(UnescapeJson(first->key), checker.rules().time, &row);
  }
  const auto position = static_cast<int64_t>(first->begin);
  if (rejection) return out.Reject(*std::move(rejection), bytes, position);
  out.File(checker, row, bytes, position);
}

std::optional<Rejection> JsonColumns::ReadElement(const Element& element, const Cursor& cursor,
                                                  const RowRules& rules, RowValues* row,
                                                  JsonTexts* texts) const {
  if (cursor.roles.empty()) {
    return ReadJsonValue(element.value, MemberOf(element.value), cursor.role, rules, row, texts);
  }
  std::vector<JsonMember> members;
  if (ScanJsonRecord(element.value, true, &members) >= kJsonCut ||
      members.size() != cursor.roles.size()) {
    return Rejection{RejectReason::kFieldCount,
                     fmt::format("{} values instead of {}", members.size(), cursor.roles.size())};
  }
  for (size_t i = 0; i < members.size(); ++i) {
    if (auto problem =
            ReadJsonValue(element.value, members[i], cursor.roles[i], rules, row, texts)) {
      return problem;
    }
  }
  return std::nullopt;
}

}  // namespace tidemark
