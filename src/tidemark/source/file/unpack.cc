#include "tidemark/source/file/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace tidemark {
namespace {

using namespace std::string_view_literals;
constexpr std::string_view kGzipMagic = "\x1f\x8b"sv;
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd"sv;
constexpr size_t kBufferSize = 256 << 10;

// Both unpack all members or frames into `spool` and return what is wrong with the rest, "" for
// nothing. Padding of zeros after the last member is allowed, as gzip allows it.
Result<std::string> InflateGzip(std::string_view stored, Spool& spool) {
  struct Stream : z_stream {
    Stream() : z_stream{} {}
    ~Stream() { inflateEnd(this); }
  } stream;
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return Fail(ErrorCode::kIo, "no memory to unpack");
  std::vector<char> buffer(kBufferSize);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stored.data()));
  const char* const end = stored.data() + stored.size();
  for (;;) {
    const char* const at = reinterpret_cast<const char*>(stream.next_in);
    stream.avail_in = static_cast<uInt>(std::min<ptrdiff_t>(end - at, 1 << 30));
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    TM_TRY(spool.Append({buffer.data(), buffer.size() - stream.avail_out}));
    const std::string_view rest(
        reinterpret_cast<const char*>(stream.next_in),
        static_cast<size_t>(end - reinterpret_cast<const char*>(stream.next_in)));
    if (code == Z_STREAM_END) {
      if (rest.find_first_not_of('\0') == std::string_view::npos) return std::string();
      if (!rest.starts_with(kGzipMagic))
        return std::string("bytes behind the gzip data that are not gzip");
      inflateReset(&stream);
    } else if (code == Z_BUF_ERROR || (code == Z_OK && rest.empty() && stream.avail_out > 0)) {
      return std::string("the gzip data is cut short");
    } else if (code != Z_OK) {
      return std::string(stream.msg == nullptr ? "the gzip data is damaged" : stream.msg);
    }
  }
}

Result<std::string> InflateZstd(std::string_view stored, Spool& spool) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        ZSTD_freeDStream);
  std::vector<char> buffer(kBufferSize);
  ZSTD_inBuffer in{stored.data(), stored.size(), 0};
  size_t wanted = 0;
  while (in.pos < in.size || wanted > 0) {
    const size_t before = in.pos;
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    wanted = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(wanted)) return std::string("zstd: ") + ZSTD_getErrorName(wanted);
    TM_TRY(spool.Append({buffer.data(), out.pos}));
    if (wanted > 0 && in.pos == before && out.pos == 0)
      return std::string("the zstd data is cut short");
  }
  return std::string();
}

struct Closer {
  void operator()(archive* a) const { archive_read_free(a); }
};

std::string Problem(archive* a) {
  const char* words = archive_error_string(a);
  return words == nullptr ? "damaged archive" : words;
}

// Folders of archivers and checksum files: no one means them to be read.
bool IsLitter(const std::string& name) {
  return name.starts_with("__MACOSX/") || name.ends_with(".DS_Store") ||
         name.ends_with(".CHECKSUM") || name.ends_with(".sha256") || name.ends_with(".md5");
}

}  // namespace

Packing PackingOf(std::string_view stored) {
  for (const std::string_view magic : {kGzipMagic, kZstdMagic,
                                       "\xfd"
                                       "7zXZ\0"sv,
                                       "BZh"sv, "\x04\x22\x4d\x18"sv}) {
    if (stored.starts_with(magic)) return Packing::kStream;
  }
  if (stored.starts_with("PK\x03\x04") || stored.starts_with("PK\x05\x06"))
    return Packing::kArchive;
  if (stored.size() > 262 && stored.substr(257, 5) == "ustar") return Packing::kArchive;
  return Packing::kNone;
}

namespace {

// gzip and zstd without libarchive: what could be unpacked before a cut is kept to the last byte.
Result<Member> UnpackStream(std::string_view stored) {
  Member member;
  Spool spool;
  const auto problem =
      stored.starts_with(kGzipMagic) ? InflateGzip(stored, spool) : InflateZstd(stored, spool);
  if (!problem) return Fail(problem.error());
  member.problem = *problem;
  TM_ASSIGN(member.content, spool.Finish());
  return member;
}

Status UnpackArchive(std::string_view stored, Packing packing,
                     const std::function<Status(Member)>& on_member) {
  const std::unique_ptr<archive, Closer> reader(archive_read_new());
  archive* const a = reader.get();
  archive_read_support_filter_all(a);
  archive_read_support_format_tar(a);
  if (packing == Packing::kArchive) archive_read_support_format_zip(a);
  if (packing == Packing::kStream) archive_read_support_format_raw(a);
  if (archive_read_open_memory(a, stored.data(), stored.size()) != ARCHIVE_OK) {
    return on_member({"", Content::FromString(""), Problem(a)});
  }
  for (;;) {
    archive_entry* entry = nullptr;
    const int next = archive_read_next_header(a, &entry);
    if (next == ARCHIVE_EOF) return {};
    if (next < ARCHIVE_WARN) return on_member({"", Content::FromString(""), Problem(a)});
    const bool stream = archive_format(a) == ARCHIVE_FORMAT_RAW;
    const char* path = archive_entry_pathname(entry);
    Member member;
    if (!stream) member.name = path == nullptr ? "unnamed" : path;
    if (!stream && (archive_entry_filetype(entry) != AE_IFREG || IsLitter(member.name))) continue;
    Spool spool;
    bool fatal = false;
    for (;;) {
      const void* block = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      const int got = archive_read_data_block(a, &block, &size, &offset);
      if (got == ARCHIVE_EOF) break;
      if (got < ARCHIVE_WARN) {
        member.problem = Problem(a);
        fatal = got == ARCHIVE_FATAL;
        break;
      }
      TM_TRY(spool.Append({static_cast<const char*>(block), size}));
    }
    TM_ASSIGN(member.content, spool.Finish());
    TM_TRY(on_member(std::move(member)));
    if (fatal || stream) return {};
  }
}

}  // namespace

Status Unpack(std::string_view stored, Packing packing,
              const std::function<Status(Member)>& on_member) {
  if (!stored.starts_with(kGzipMagic) && !stored.starts_with(kZstdMagic)) {
    return UnpackArchive(stored, packing, on_member);
  }
  TM_ASSIGN(Member member, UnpackStream(stored));
  if (PackingOf(member.content.bytes()) != Packing::kArchive) return on_member(std::move(member));
  TM_TRY(UnpackArchive(member.content.bytes(), Packing::kArchive, on_member));
  if (member.problem.empty()) return {};
  return on_member({"", Content::FromString(""), member.problem});
}

}  // namespace tidemark
