#include "tidemark/source/file/content.h"

#include <algorithm>

#include "tidemark/base/utf8.h"
#include "tidemark/source/file/unpack.h"

namespace tidemark {
namespace {

constexpr int64_t kFetchSize = 16 << 20;

Result<Content> FetchS3(const InputFile& file, const S3Options& s3) {
  TM_ASSIGN(const S3Location at, ParseS3Uri(file.uri));
  const S3Client client(s3);
  Spool spool;
  for (int64_t offset = 0; offset < file.size;) {
    const int64_t length = std::min(kFetchSize, file.size - offset);
    TM_ASSIGN(const std::string bytes, client.GetRange(at, offset, length, file.etag));
    if (static_cast<int64_t>(bytes.size()) != length) {
      return Fail(ErrorCode::kConflict, file.uri + " is shorter than when it was listed");
    }
    TM_TRY(spool.Append(bytes));
    offset += length;
  }
  return spool.Finish();
}

enum class Utf16 { kNo, kLittle, kBig };

Utf16 Utf16Of(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE")) return Utf16::kLittle;
  if (bytes.starts_with("\xFE\xFF")) return Utf16::kBig;
  // Without a mark: text of ASCII has a zero in every other byte.
  const size_t n = std::min<size_t>(bytes.size(), 64) & ~size_t{1};
  if (n < 8) return Utf16::kNo;
  bool little = true, big = true;
  for (size_t i = 0; i < n; i += 2) {
    little = little && bytes[i] != 0 && bytes[i + 1] == 0;
    big = big && bytes[i] == 0 && bytes[i + 1] != 0;
  }
  return little ? Utf16::kLittle : big ? Utf16::kBig : Utf16::kNo;
}

}  // namespace

Content::Owner::~Owner() {
  file.reset();
  if (!temporary.empty()) (void)RemoveTree(temporary);
}

Content Content::FromString(std::string bytes) {
  Content content;
  content.owner_ = std::make_shared<Owner>();
  content.owner_->memory = std::move(bytes);
  return content;
}

Result<Content> Content::FromFile(const std::string& path) {
  Content content;
  content.owner_ = std::make_shared<Owner>();
  TM_ASSIGN(content.owner_->file, MappedFile::Open(path));
  return content;
}

std::string_view Content::bytes() const {
  if (owner_ == nullptr) return {};
  return owner_->file ? owner_->file->bytes() : std::string_view(owner_->memory);
}

Spool::~Spool() {
  file_.reset();
  if (!folder_.empty()) (void)RemoveTree(folder_);
}

Status Spool::Append(std::string_view bytes) {
  if (!file_ && memory_.size() + bytes.size() <= memory_max_) {
    memory_ += bytes;
    return {};
  }
  if (!file_) {
    TM_ASSIGN(folder_, MakeTemporaryDirectory("tidemark-spool-"));
    TM_ASSIGN(file_, AppendFile::Open(folder_ + "/content"));
    TM_TRY(file_->Append(memory_));
    memory_ = std::string();
  }
  return file_->Append(bytes);
}

Result<Content> Spool::Finish() {
  if (!file_) return Content::FromString(std::move(memory_));
  file_.reset();
  TM_ASSIGN(Content content, Content::FromFile(folder_ + "/content"));
  content.owner_->temporary = std::exchange(folder_, "");
  return content;
}

Result<Content> OpenStored(const InputFile& file, const S3Options& s3) {
  if (IsS3Uri(file.uri)) return FetchS3(file, s3);
  return Content::FromFile(file.uri);
}

Result<std::optional<Content>> FromUtf16(std::string_view bytes) {
  const Utf16 kind = Utf16Of(bytes);
  if (kind == Utf16::kNo) return std::optional<Content>();
  const auto unit = [&](size_t at) {
    const auto a = static_cast<unsigned char>(bytes[at]),
               b = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<uint32_t>(kind == Utf16::kLittle ? a | b << 8 : b | a << 8);
  };
  Spool spool;
  std::string out;
  for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
    uint32_t code = unit(at);
    if (code >= 0xD800 && code < 0xDC00 && at + 3 < bytes.size() && unit(at + 2) >= 0xDC00 &&
        unit(at + 2) < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
      at += 2;
    } else if (code >= 0xD800 && code < 0xE000) {
      code = 0xFFFD;
    }
    AppendUtf8(code, out);
    if (out.size() > 1 << 20) {
      TM_TRY(spool.Append(out));
      out.clear();
    }
  }
  if (bytes.size() % 2 != 0) AppendUtf8(0xFFFD, out);  // half a character at the end
  TM_TRY(spool.Append(out));
  TM_ASSIGN(Content content, spool.Finish());
  return std::optional<Content>(std::move(content));
}

Status ForEachMember(const Content& stored, const std::function<Status(Member)>& on_member) {
  const auto decoded = [&](Member member) -> Status {
    TM_ASSIGN(std::optional<Content> text, FromUtf16(member.content.bytes()));
    if (text) member.content = *std::move(text);
    return on_member(std::move(member));
  };
  const Packing packing = PackingOf(stored.bytes());
  if (packing == Packing::kNone) return decoded({"", stored, ""});
  return Unpack(stored.bytes(), packing, decoded);
}

}  // namespace tidemark
