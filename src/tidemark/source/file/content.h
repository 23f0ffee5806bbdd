// Bytes to parse, wherever they lie: a mapped file, memory, or a temporary file for what is too
// large. Memory does not grow with the file: what is fetched or unpacked goes to disk past a limit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/file.h"
#include "tidemark/base/result.h"
#include "tidemark/base/s3.h"
#include "tidemark/source/file/input.h"

namespace tidemark {

class Content {
 public:
  static Content FromString(std::string bytes);
  static Result<Content> FromFile(const std::string& path);
  std::string_view bytes() const;

 private:
  friend class Spool;
  struct Owner {
    std::string memory;
    std::optional<MappedFile> file;
    std::string temporary;  // folder to remove
    ~Owner();
  };
  std::shared_ptr<Owner> owner_;  // null: no bytes
};

// Collects bytes of unknown length: in memory up to the limit, then in a temporary file.
class Spool {
 public:
  explicit Spool(size_t memory_max = 64 << 20) : memory_max_(memory_max) {}
  ~Spool();
  Status Append(std::string_view bytes);
  Result<Content> Finish();

 private:
  size_t memory_max_;
  std::string memory_;
  std::string folder_;
  std::optional<AppendFile> file_;
};

// The bytes of an input as they are stored. Errors: those of the file and S3 seams; kConflict when
// the S3 object is no longer the one listed.
Result<Content> OpenStored(const InputFile& file, const S3Options& s3);

// One piece of content inside a stored file.
struct Member {
  std::string name;     // inside an archive; "" else
  Content content;      // decoded: unpacked, UTF-8
  std::string problem;  // when it ends early: what was wrong with the packing
};

// How stored bytes are packed, by their first bytes.
enum class Packing { kNone, kStream, kArchive };
Packing PackingOf(std::string_view stored);

// Calls `on_member` with each member in order: the content itself when not packed; the one stream
// of gz, zst, xz, bz2, lz4; every regular file of zip and tar. Transcodes UTF-16.
Status ForEachMember(const Content& stored, const std::function<Status(Member)>& on_member);

// UTF-16 by its byte order mark, or by zeros in every other place. nullopt: it is not.
Result<std::optional<Content>> FromUtf16(std::string_view bytes);

}  // namespace tidemark
