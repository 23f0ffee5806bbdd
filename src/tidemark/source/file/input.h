// Which files are meant: paths, folders, globs and S3 prefixes to a sorted list of files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/s3.h"

namespace tidemark {

struct InputFile {
  std::string uri;  // a path as given, or s3://bucket/key
  int64_t size = 0;
  std::string etag;  // "" for local files
};

// Each spec is a path, a folder (all files below it, hidden ones left out), a glob over the last
// part of a path (* ? [a-z]; ** crosses folders), or s3://bucket/prefix, -/key or -/glob. Sorted by
// uri, each file once. Errors: kNotFound names the spec that matched nothing; those of the S3
// client.
Result<std::vector<InputFile>> ListInputs(const std::vector<std::string>& specs,
                                          const S3Options& s3);

// Whether `text` matches the shell pattern: * and ? stop at '/', ** does not, [a-z] [!a-z] \x.
bool GlobMatches(std::string_view pattern, std::string_view text);

}  // namespace tidemark
