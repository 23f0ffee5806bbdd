#include "tidemark/source/file/member_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tidemark/source/file/csv.h"
#include "tidemark/source/file/interval_finder.h"
#include "tidemark/source/file/json.h"
#include "tidemark/source/file/json_columns.h"
#include "tidemark/source/file/parquet_rows.h"

namespace tidemark {
namespace {

constexpr size_t kSampleBytes = 1 << 20;
constexpr size_t kSampleBlock = 128 << 10;
constexpr size_t kBlockBytes = 1 << 20;
constexpr int64_t kSampleRows = 1000;
constexpr int64_t kStreamRows = 20'000;

// Fewer rows may all lie at multiples of a longer interval by chance.
constexpr size_t kRowsToTell = 30;

// The first rows, parsed without an interval.
struct Sample {
  std::vector<int64_t> times_us;
  int64_t damaged_times = 0;
  std::string first_problem;
};

// A block whose last byte could belong to a value is parsed from a copy with a newline behind it.
void ParseBlock(const BlockParser& parser, std::string_view text, size_t begin, size_t end,
                const RowChecker& checker, BlockOutput& out) {
  const std::string_view block = text.substr(begin, end - begin);
  const bool last = end == text.size();
  const char final = block.empty() ? '\n' : block.back();
  if (final == '\n' || final == ']' || final == '}') return parser.Parse(block, last, checker, out);
  const size_t whole_lines = block.rfind('\n') + 1;
  if (block.size() - whole_lines > parser.line_bytes_max()) {
    parser.Parse(block.substr(0, whole_lines), false, checker, out);
    return out.Reject({last ? RejectReason::kTruncated : RejectReason::kBadRecord,
                       fmt::format("a line of {} bytes", block.size() - whole_lines)},
                      block.substr(whole_lines), static_cast<int64_t>(whole_lines));
  }
  std::string copy(block);
  copy += '\n';
  parser.Parse({copy.data(), block.size()}, last, checker, out);
}

void AddToSample(const BlockOutput& out, Sample& sample) {
  for (const BlockOutput::SeriesRows& rows_of : out.series) {
    for (const std::vector<int64_t>* times : {&rows_of.candles.open_time, &rows_of.trades.time}) {
      sample.times_us.insert(sample.times_us.end(), times->begin(), times->end());
    }
  }
  for (const RejectedRow& reject : out.rejects) {
    sample.damaged_times += reject.reason == CodeOf(RejectReason::kBadTime) ||
                            reject.reason == CodeOf(RejectReason::kTimeOutOfRange);
    if (sample.first_problem.empty()) {
      sample.first_problem = fmt::format("line {}: {}", reject.line + 1, reject.message);
    }
  }
}

Result<Sample> TakeSample(const MemberPlan& plan, std::string_view text,
                          const RowChecker& checker) {
  Sample sample;
  if (plan.stream != nullptr) {
    BlockOutput out;
    TM_TRY(plan.stream->Next(kSampleRows, checker, out));
    TM_TRY(plan.stream->Rewind());
    AddToSample(out, sample);
    return sample;
  }
  size_t begin = plan.parser->data_begin();
  for (int64_t rows = 0; begin < text.size() && rows < kSampleRows;) {
    const size_t end = plan.parser->BlockEnd(text, begin, kSampleBlock);
    BlockOutput out;
    ParseBlock(*plan.parser, text, begin, end, checker, out);
    AddToSample(out, sample);
    rows += out.rows;
    begin = end;
    if (out.ended) break;
  }
  return sample;
}

// The unit most times of the sample are in, for the words and the cross-check of a stated unit.
Status CheckUnit(const MemberPlan& plan, std::string_view text, const Sample& sample) {
  const RowRules& rules = plan.rules;
  if (rules.time.unit == TimeUnit::kAuto || !sample.times_us.empty() || sample.damaged_times == 0) {
    return {};
  }
  RowRules any = rules;
  any.time.unit = TimeUnit::kAuto;
  TM_ASSIGN(const Sample again, TakeSample(plan, text, RowChecker(any)));
  if (!again.times_us.empty()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "time_unit {} is stated, but the times of the first rows are in another unit ({})",
            NameOf(rules.time.unit), sample.first_problem));
  }
  return {};
}

Status DetectKind(std::string_view text, const ColumnHints& hints, MemberPlan& plan) {
  if (LooksLikeParquet(text)) {
    TM_ASSIGN(plan.stream, OpenParquet(text, hints));
    return {};
  }
  std::string_view sample = text.substr(0, kSampleBytes);
  if (sample.size() < text.size()) sample = sample.substr(0, sample.rfind('\n') + 1);
  const bool json = LooksLikeJson(text);
  if (json) {
    TM_ASSIGN(plan.stream, JsonColumns::Detect(text, hints));
    if (plan.stream != nullptr) return {};
  }
  auto parser = json ? DetectJson(text, hints) : DetectCsv(sample, hints);
  if (!parser && parser.error().code() == ErrorCode::kParse) {
    // Its first bytes may be damaged: what they do not look like is tried as well.
    auto other = json ? DetectCsv(sample, hints) : DetectJson(text, hints);
    if (other) parser = std::move(other);
  }
  if (!parser) return Fail(parser.error());
  plan.parser = *std::move(parser);
  return {};
}

// Candles first: what could be either is candles (see file-formats.md).
Status Detect(std::string_view text, ColumnHints hints, FileKind stated, MemberPlan& plan) {
  if (stated != FileKind::kAuto) {
    hints.kind = stated;
    hints.kind_is_known = true;
    return DetectKind(text, hints, plan);
  }
  hints.kind = FileKind::kCandles;
  const Status as_candles = DetectKind(text, hints, plan);
  if (as_candles || as_candles.error().code() != ErrorCode::kParse) return as_candles;
  hints.kind = FileKind::kTrades;
  const Status as_trades = DetectKind(text, hints, plan);
  if (as_trades || as_trades.error().code() != ErrorCode::kParse) return as_trades;
  const std::string candles = as_candles.error().message(), trades = as_trades.error().message();
  if (candles == trades) return as_candles;
  return Fail(ErrorCode::kParse,
              fmt::format("no file of candles: {}; nor one of trades: {}", candles, trades));
}

// The kind the options leave no choice about. Errors: kInvalidArgument when they contradict each
// other.
Result<FileKind> StatedKind(const CandleFileOptions& options) {
  std::string of_candles, of_trades;
  if (options.interval) of_candles = "interval";
  if (options.time_is == TimeIs::kClose) of_candles = "time_is";
  for (const auto& [ours, theirs] : options.columns) {
    for (const Role role : {Role::kOpen, Role::kHigh, Role::kLow, Role::kClose, Role::kVolume}) {
      if (ours == NameOf(role)) of_candles = "columns." + ours;
    }
    for (const Role role :
         {Role::kPrice, Role::kSize, Role::kSide, Role::kId, Role::kSequence, Role::kVenue}) {
      if (ours == NameOf(role)) of_trades = "columns." + ours;
    }
  }
  if (options.kind == FileKind::kCandles) of_candles = "kind";
  if (options.kind == FileKind::kTrades) of_trades = "kind";
  if (!of_candles.empty() && !of_trades.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is for candles, but {} for trades", of_candles, of_trades));
  }
  return !of_candles.empty()  ? FileKind::kCandles
         : !of_trades.empty() ? FileKind::kTrades
                              : FileKind::kAuto;
}

// The interval of candles, and how it is spoken of.
Result<std::string> FindOrCheckInterval(const std::vector<int64_t>& times_us,
                                        const NameHints& hints, const CandleFileOptions& options,
                                        RowRules& rules) {
  if (options.interval) {
    TM_TRY(CheckStatedInterval(*options.interval, times_us));
    rules.interval = *options.interval;
    return "";
  }
  if (hints.interval && IsLikelyInterval(*hints.interval, times_us)) {
    rules.interval = *hints.interval;
    return "";
  }
  if (options.usual_interval && times_us.size() < kRowsToTell &&
      IsLikelyInterval(*options.usual_interval, times_us)) {
    rules.interval = *options.usual_interval;
    return " (as usual here)";
  }
  // A name is a hint: the 15 in ltcusd_15.csv may be minutes, or the fifteenth piece.
  TM_ASSIGN(const FoundInterval found, FindInterval(times_us));
  rules.interval = found.interval;
  return found.assumed ? " (assumed)" : "";
}

// Rows that do not stand in blocks of bytes: one after the other.
Status ReadStream(std::string_view text, MemberPlan& plan, Delivery& delivery) {
  const RowChecker checker(plan.rules);
  int64_t used = 0;
  for (bool more = true; more;) {
    BlockOutput out;
    TM_ASSIGN(more, plan.stream->Next(kStreamRows, checker, out));
    used += out.row_bytes + out.reject_bytes + out.separator_bytes;
    TM_TRY(delivery.DeliverApart(out));
    delivery.Progress(used, static_cast<int64_t>(text.size()));
  }
  // What is left is the document around the values.
  BlockOutput rest;
  rest.row_bytes = plan.stream->shared_row_bytes();
  rest.header_bytes = static_cast<int64_t>(text.size()) - used - rest.row_bytes;
  TM_TRY(delivery.DeliverApart(rest));
  delivery.SkipBytes(static_cast<int64_t>(text.size()));
  return {};
}

}  // namespace

std::string RolesInWords(const std::vector<Role>& roles) {
  std::string words;
  for (const Role role : roles) {
    if (role == Role::kSkip) continue;
    words += fmt::format("{}{}", words.empty() ? "" : " ", NameOf(role));
  }
  return words;
}

Result<MemberPlan> PlanMember(std::string_view text, const NameHints& hints,
                              const CandleFileOptions& options) {
  MemberPlan plan;
  plan.venue = !options.venue.empty() ? options.venue
               : !hints.venue.empty() ? hints.venue
                                      : "unknown";
  plan.symbol = options.symbol ? options.symbol : hints.symbol;
  ColumnHints looked_for;
  looked_for.columns = options.columns;
  looked_for.base = plan.symbol ? plan.symbol->base() : "";
  looked_for.ignore_symbol = options.symbol.has_value();
  looked_for.ignore_venue = !options.venue.empty();
  TM_ASSIGN(const FileKind stated, StatedKind(options));
  TM_TRY(Detect(text, looked_for, stated, plan));
  const bool streamed = plan.stream != nullptr;
  const ColumnMap& columns = plan.columns();
  if (columns.Find(Role::kSymbol) < 0 && !plan.symbol) {
    return Fail(ErrorCode::kInvalidArgument,
                "neither the file's name nor a column says which symbol this is (set `symbol`)");
  }
  RowRules& rules = plan.rules;
  rules = RulesOf(columns, !streamed && plan.parser->decimal_comma);
  rules.last = EventTime{options.now.us} + kMicrosPerDay;
  rules.time_is_close = rules.time_is_close || options.time_is == TimeIs::kClose;
  rules.needs_symbol = !plan.symbol;
  TM_ASSIGN(rules.time.unit, ParseTimeUnit(options.time_unit));
  TM_ASSIGN(rules.time.zone, Zone::Load(options.timezone));

  const RowChecker loose(rules);
  if (!streamed)
    plan.parser->LearnShape(text.substr(plan.parser->data_begin(), kSampleBytes), loose);
  TM_ASSIGN(const Sample sample, TakeSample(plan, text, loose));
  TM_TRY(CheckUnit(plan, text, sample));
  plan.words = streamed ? plan.stream->Words() : plan.parser->Words();
  if (columns.trades) {
    plan.words += ", trades";
    return plan;
  }
  TM_ASSIGN(const std::string note, FindOrCheckInterval(sample.times_us, hints, options, rules));
  plan.words += fmt::format(", interval {}{}{}", rules.interval->ToString(), note,
                            columns.other_kind_too ? " (taken for candles; could be trades)" : "");
  return plan;
}

Status ReadMember(std::string_view text, size_t begin, MemberPlan& plan, ThreadPool* threads,
                  Delivery& delivery, const std::function<void(size_t)>& passed) {
  if (plan.stream != nullptr) return ReadStream(text, plan, delivery);
  const RowChecker checker(plan.rules);
  if (begin == 0) {
    begin = plan.parser->data_begin();
    delivery.SkipHeader(text.substr(0, begin));
  } else {
    delivery.SkipBytes(static_cast<int64_t>(begin));
    delivery.SkipLines(
        std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(begin), '\n'));
  }
  struct Block {
    size_t begin, end;
    BlockOutput out;
  };
  std::unique_ptr<ThreadPool> inline_pool;
  if (threads == nullptr) {
    inline_pool = std::make_unique<ThreadPool>(1);
    threads = inline_pool.get();
  }
  const size_t wave_size =
      threads->threads() == 1 ? 1 : static_cast<size_t>(threads->threads()) * 2;
  int64_t rows_per_block = 0;
  size_t next = begin;
  const auto cut_wave = [&] {
    std::vector<Block> wave;
    while (next < text.size() && wave.size() < wave_size) {
      const size_t end = plan.parser->BlockEnd(text, next, kBlockBytes);
      wave.push_back({next, end, {}});
      wave.back().out.size_hint = rows_per_block;
      next = end;
    }
    return wave;
  };
  // While one wave is delivered on this thread the others parse the next.
  std::vector<Block> current = cut_wave(), following;
  ThreadPool::Group group(*threads);
  const auto start = [&](std::vector<Block>& wave) {
    for (Block& block : wave) {
      group.Run(
          [&] { ParseBlock(*plan.parser, text, block.begin, block.end, checker, block.out); });
    }
  };
  start(current);
  Status status;
  while (!current.empty() && status) {
    group.Wait();
    rows_per_block =
        std::max(rows_per_block, current.front().out.rows + current.front().out.rows / 16);
    following = cut_wave();
    if (threads->threads() > 1) start(following);
    for (Block& block : current) {
      passed(block.end);
      status = delivery.Deliver(block.out, block.end - block.begin);
      if (!status) break;
      delivery.Progress(static_cast<int64_t>(block.end), static_cast<int64_t>(text.size()));
    }
    if (threads->threads() == 1 && status) start(following);
    if (!status) group.Wait();
    std::swap(current, following);
  }
  return status;
}

}  // namespace tidemark
