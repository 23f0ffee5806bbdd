#include "tidemark/source/file/row_reader.h"

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/utf8.h"
#include "tidemark/source/file/content.h"
#include "tidemark/source/file/member_reader.h"
#include "tidemark/source/file/name_hints.h"

namespace tidemark {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Where a file that was read up to `bytes` goes on: there, or at the start of the last line before
// if that line had no end yet.
size_t ResumePoint(std::string_view text, size_t bytes) {
  if (bytes == 0 || text[bytes - 1] == '\n' || text[bytes] == '\n') return bytes;
  if (text[bytes] == '\r' && text.substr(bytes).starts_with("\r\n")) return bytes;
  const size_t newline = text.rfind('\n', bytes - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

// Names win over names around them: a member's over its archive's.
NameHints HintsFor(const InputFile& file, const std::string& member) {
  NameHints outer = HintsFromName(file.uri);
  if (member.empty()) return outer;
  NameHints hints = HintsFromName(member);
  if (hints.venue.empty()) hints.venue = outer.venue;
  if (!hints.symbol) hints.symbol = outer.symbol;
  if (!hints.interval) hints.interval = outer.interval;
  return hints;
}

class FileReader {
 public:
  FileReader(const InputFile& file, const CandleFileOptions& options, RowSink& sink)
      : file_(file), options_(options), delivery_(sink, summary_) {}

  Result<ReadSummary> Read(const Content& stored, const FilePosition* from) {
    TM_TRY(ReadStored(stored, from));
    if (!summary_.unchanged) {
      summary_.content_bytes = summary_.header_bytes + summary_.row_bytes + summary_.reject_bytes +
                               summary_.separator_bytes;
    }
    return std::move(summary_);
  }

 private:
  Status ReadStored(const Content& stored, const FilePosition* from) {
    const std::string_view bytes = stored.bytes();
    size_t before = 0;
    bool same_prefix = false;
    if (from != nullptr && from->bytes >= 0 && static_cast<size_t>(from->bytes) <= bytes.size()) {
      before = static_cast<size_t>(from->bytes);
      HashUpTo(before, bytes);
      same_prefix = hash_.Hex() == from->content_hash;
    }
    if (same_prefix && before == bytes.size()) {
      summary_.position = *from;
      summary_.unchanged = true;
      return {};
    }
    const bool plain = PackingOf(bytes) == Packing::kNone;
    TM_TRY(ForEachMember(stored, [&](Member member) {
      const bool as_stored = plain && member.content.bytes().data() == bytes.data();
      return ReadOne(member, as_stored, as_stored && same_prefix ? before : 0);
    }));
    HashUpTo(bytes.size(), bytes);
    summary_.position = {static_cast<int64_t>(bytes.size()), hash_.Hex()};
    return {};
  }

  void HashUpTo(size_t end, std::string_view bytes) {
    if (end <= hashed_) return;
    hash_.Update(bytes.substr(hashed_, end - hashed_));
    hashed_ = end;
  }

  // `as_stored`: the member is all that is stored. `already`: bytes of it that were read before and
  // are unchanged.
  Status ReadOne(const Member& member, bool as_stored, size_t already) {
    const std::string_view all = member.content.bytes();
    const bool in_archive = !member.name.empty();
    const NameHints hints = HintsFor(file_, member.name);
    const size_t mark = all.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    const std::string_view text = all.substr(mark);
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return SkipBlank(member, all);
    auto plan = PlanMember(text, hints, options_);
    if (!plan) {
      // One file in an archive that is something else does not spoil the others.
      if (in_archive && plan.error().code() == ErrorCode::kParse)
        return RejectMember(member, plan.error());
      return Fail(in_archive ? plan.error().With(member.name) : plan.error());
    }
    if (first_kind_ && *first_kind_ != plan->rules.trades) {
      return RejectMember(member, {ErrorCode::kParse, OtherKind(plan->rules.trades)});
    }
    if (!first_kind_) summary_.with_ids = plan->rules.trades;
    first_kind_ = summary_.trades = plan->rules.trades;
    summary_.with_ids = summary_.with_ids && plan->with_ids();
    if (summary_.layout.empty()) summary_.layout = Printable(plan->words);
    delivery_.BeginMember(member.name, plan->venue, plan->symbol,
                          plan->rules.interval.value_or(Interval()));
    size_t begin = 0;
    if (already > mark) begin = ResumeAt(text, already - mark, hints, *plan);
    if (begin == 0) {
      summary_.header_bytes += static_cast<int64_t>(mark);
    } else {
      summary_.resumed = true;
      summary_.resumed_at = static_cast<int64_t>(begin + mark);
    }
    delivery_.SkipBytes(static_cast<int64_t>(mark));
    // Hashed where it was just read: the bytes come from memory once.
    TM_TRY(ReadMember(text, begin, *plan, options_.threads, delivery_, [&](size_t end) {
      if (as_stored) HashUpTo(mark + end, all);
    }));
    if (member.problem.empty()) return {};
    return delivery_.Remark(RejectReason::kTruncated,
                            "the compressed data ends early: " + member.problem);
  }

  // 0 unless what was read before was read in the same way as it would be now.
  size_t ResumeAt(std::string_view text, size_t already, const NameHints& hints,
                  const MemberPlan& plan) {
    if (!plan.line_based() || already >= text.size()) return 0;
    const size_t begin = ResumePoint(text, already);
    // Without ids a trade cannot be told from its repeat; and the unfinished line may have been
    // taken for a trade with another id.
    if (plan.rules.trades && (!plan.with_ids() || begin != already)) return 0;
    if (begin < plan.parser->data_begin() || begin == 0) return 0;
    const auto before = PlanMember(text.substr(0, already), hints, options_);
    return before && before->words == plan.words ? begin : 0;
  }

  Status SkipBlank(const Member& member, std::string_view all) {
    delivery_.BeginMember(member.name, "", {}, {});
    BlockOutput blank;
    const size_t mark = all.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    blank.header_bytes = static_cast<int64_t>(mark);
    blank.separator_bytes = static_cast<int64_t>(all.size() - mark);
    TM_TRY(delivery_.Deliver(blank, all.size()));
    if (summary_.layout.empty()) summary_.layout = "empty";
    if (member.problem.empty()) return {};
    return delivery_.Remark(RejectReason::kTruncated,
                            "the compressed data ends early: " + member.problem);
  }

  Status RejectMember(const Member& member, const Error& error) {
    delivery_.BeginMember(member.name, "", {}, {});
    BlockOutput out;
    out.Reject({RejectReason::kUnknownLayout, error.message()}, member.content.bytes(), 0);
    return delivery_.Deliver(out, member.content.bytes().size());
  }

  static std::string OtherKind(bool trades) {
    return fmt::format("it holds {0}, the members before it {1} (one archive is read as one kind)",
                       trades ? "trades" : "candles", trades ? "candles" : "trades");
  }

  const InputFile& file_;
  const CandleFileOptions& options_;
  ContentHash hash_;
  size_t hashed_ = 0;               // bytes in hash_
  std::optional<bool> first_kind_;  // whether the first member that was read holds trades
  ReadSummary summary_;
  Delivery delivery_;
};

}  // namespace

Status RowSink::OnTrades(const TradeSeriesId& series, const TradeColumns& /*rows*/) {
  return Fail(ErrorCode::kUnsupported, "trades are not taken here: " + series.ToString());
}

Result<ReadSummary> ReadRows(const InputFile& file, const CandleFileOptions& options,
                             const S3Options& s3, const FilePosition* from, RowSink& sink) {
  auto stored = OpenStored(file, s3);
  if (!stored) return Fail(stored.error());
  auto summary = FileReader(file, options, sink).Read(*stored, from);
  if (!summary) return Fail(summary.error().With(file.uri));
  return summary;
}

}  // namespace tidemark
