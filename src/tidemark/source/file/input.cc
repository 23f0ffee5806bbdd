#include "tidemark/source/file/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tidemark/base/file.h"

namespace tidemark {
namespace {

bool IsPattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

bool IsHidden(std::string_view path, size_t from) {
  return path.substr(from).starts_with('.') || path.find("/.", from) != std::string_view::npos;
}

// One "[a-z]" or "[!x]" at the start of `pattern`; its size, or 0 when it is not closed.
size_t MatchClass(std::string_view pattern, char c, bool* matched) {
  size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool inside = false;
  for (const size_t first = at; at < pattern.size() && (pattern[at] != ']' || at == first); ++at) {
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      inside = inside || (pattern[at] <= c && c <= pattern[at + 2]);
      at += 2;
    } else {
      inside = inside || pattern[at] == c;
    }
  }
  if (at >= pattern.size()) return 0;
  *matched = inside != negated && c != '/';
  return at + 1;
}

Status AddLocal(const std::string& path, std::map<std::string, InputFile>& found) {
  TM_ASSIGN(const int64_t size, FileSize(path));
  found[path] = {path, size, ""};
  return {};
}

Status ListLocal(const std::string& spec, std::map<std::string, InputFile>& found) {
  if (FileExists(spec) && !IsDirectory(spec)) return AddLocal(spec, found);
  std::string folder = spec;
  if (IsPattern(spec) && !FileExists(spec)) {
    // The part before the first pattern is a real folder.
    const size_t slash = spec.substr(0, spec.find_first_of("*?[")).find_last_of('/');
    folder = slash == std::string::npos ? "." : slash == 0 ? "/" : spec.substr(0, slash);
  }
  if (!IsDirectory(folder))
    return Fail(ErrorCode::kNotFound, fmt::format("no file or folder '{}'", spec));
  TM_ASSIGN(const std::vector<std::string> paths, ListFilesBelow(folder));
  const bool whole_folder = folder == spec;
  bool any = false;
  for (const std::string& path : paths) {
    const std::string shown =
        folder == "." && !spec.starts_with("./") && path.starts_with("./") ? path.substr(2) : path;
    if (whole_folder ? IsHidden(shown, std::min(shown.size(),
                                                folder.size() + (folder.ends_with('/') ? 0 : 1)))
                     : !GlobMatches(spec, shown)) {
      continue;
    }
    TM_TRY(AddLocal(shown, found));
    any = true;
  }
  if (any) return {};
  return Fail(ErrorCode::kNotFound, fmt::format("'{}' matches no file", spec));
}

Status ListS3(const std::string& spec, const S3Client& client,
              std::map<std::string, InputFile>& found) {
  TM_ASSIGN(const S3Location at, ParseS3Uri(spec));
  const bool pattern = IsPattern(at.key);
  const std::string prefix = pattern ? at.key.substr(0, at.key.find_first_of("*?[")) : at.key;
  TM_ASSIGN(const std::vector<S3Object> objects, client.List({at.bucket, prefix}));
  bool any = false;
  for (const S3Object& object : objects) {
    if (object.key.ends_with('/')) continue;  // a console's folder marker
    if (pattern && !GlobMatches(at.key, object.key)) continue;
    // A prefix is a folder or a whole key: "data/ltc" does not mean "data/ltc-old.csv".
    const bool below = prefix.empty() || prefix.ends_with('/') || object.key == prefix ||
                       object.key.starts_with(prefix + "/");
    if (!pattern && !below) continue;
    const std::string uri = S3Location{at.bucket, object.key}.ToString();
    found[uri] = {uri, object.size, object.etag};
    any = true;
  }
  if (any) return {};
  return Fail(ErrorCode::kNotFound, fmt::format("'{}' matches no object", spec));
}

// What stands for one character at the start of `pattern`: its size, and whether `c` is meant.
size_t MatchOne(std::string_view pattern, char c, bool* matched) {
  if (pattern[0] == '?') {
    *matched = c != '/';
    return 1;
  }
  if (pattern[0] == '[') {
    const size_t used = MatchClass(pattern, c, matched);
    if (used != 0) return used;
  }
  const size_t used = pattern[0] == '\\' && pattern.size() > 1 ? 2 : 1;
  *matched = pattern[used - 1] == c;
  return used;
}

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view text) {
  // Positions to go back to: after the last '*' and the last '**'.
  size_t p = 0, t = 0;
  size_t star_p = std::string_view::npos, star_t = 0, deep_p = std::string_view::npos, deep_t = 0;
  while (t < text.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern.substr(p).starts_with("**")) {
      p += pattern.substr(p).starts_with("**/") ? 3 : 2;
      deep_p = p;
      deep_t = t;
      star_p = std::string_view::npos;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '*') {
      star_p = ++p;
      star_t = t;
      continue;
    }
    if (p < pattern.size() && t < text.size()) {
      bool matched = false;
      const size_t used = MatchOne(pattern.substr(p), text[t], &matched);
      if (matched) {
        p += used;
        ++t;
        continue;
      }
    }
    if (star_p != std::string_view::npos && star_t < text.size() && text[star_t] != '/') {
      p = star_p;
      t = ++star_t;
      continue;
    }
    if (deep_p == std::string_view::npos || deep_t >= text.size()) return false;
    p = deep_p;
    t = ++deep_t;
    star_p = std::string_view::npos;
  }
  return true;
}

Result<std::vector<InputFile>> ListInputs(const std::vector<std::string>& specs,
                                          const S3Options& s3) {
  std::map<std::string, InputFile> found;
  for (const std::string& spec : specs) {
    if (IsS3Uri(spec)) {
      TM_TRY(ListS3(spec, S3Client(s3), found));
    } else {
      TM_TRY(ListLocal(spec, found));
    }
  }
  std::vector<InputFile> files;
  for (auto& [uri, file] : found) files.push_back(std::move(file));
  return files;
}

}  // namespace tidemark
