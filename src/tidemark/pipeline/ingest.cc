#include "tidemark/pipeline/ingest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/base/text.h"
#include "tidemark/base/utf8.h"
#include "tidemark/source/file/input.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {
namespace {

// Collects what one file gives.
class IntakeSink : public RowSink {
 public:
  IntakeSink(Intake* intake, std::string uri, int32_t rank, int64_t epoch, Progress* progress)
      : intake_(intake),
        uri_(std::move(uri)),
        rank_(rank),
        epoch_(epoch),
        progress_(progress),
        source_(intake->sources.Find(uri_)) {}

  Status OnCandles(const SeriesId& series, const CandleColumns& rows) override {
    if (rows.size() == 0) return {};
    int64_t last_open = rows.open_time.front();
    for (const int64_t open : rows.open_time) last_open = std::max(last_open, open);
    const EventTime close = series.interval.CloseOf({last_open});
    Raise(series.ToString(), close);
    return intake_->spool->Add(series, rows, source_, rank_);
  }

  Status OnTrades(const TradeSeriesId& series, const TradeColumns& rows) override {
    if (rows.rows() == 0) return {};
    const EventTime last{*std::max_element(rows.time.begin(), rows.time.end())};
    Raise(series.ToString(), last);
    return intake_->trades->Add(series, rows, source_);
  }

  Status OnRejects(std::span<const RejectedRow> rejects) override {
    Batch& batch = intake_->rejects;
    for (const RejectedRow& reject : rejects) {
      batch["source"].strings.Append(uri_);
      batch["content_hash"].strings.Append("");  // known when the file has been read
      batch["position"].ints.push_back(reject.position);
      batch["line"].ints.push_back(reject.line);
      batch["reason"].strings.Append(reject.reason);
      batch["message"].strings.Append(reject.message);
      batch["bytes"].strings.Append(reject.bytes);
      batch["epoch"].ints.push_back(epoch_);
    }
    batch.SetRows(batch.rows + rejects.size());
    return {};
  }

  void OnProgress(int64_t bytes_done, int64_t bytes_total, int64_t rows) override {
    (void)bytes_total;
    if (progress_ != nullptr) progress_->Update(bytes_done, rows);
  }

 private:
  void Raise(std::string partition, EventTime to) {
    EventTime& at = intake_->watermarks[{uri_, std::move(partition)}].at;
    at = std::max(at, to);
  }

  Intake* intake_;
  std::string uri_;
  int32_t rank_;
  int64_t epoch_;
  Progress* progress_;
  int32_t source_;
};

// The rejects of one file carry the hash of the bytes they were found in.
void SetContentHash(Batch* rejects, size_t from, const std::string& hash) {
  StringColumn& column = (*rejects)["content_hash"].strings;
  const int32_t code = column.CodeOf(hash);
  std::fill(column.codes.begin() + static_cast<ptrdiff_t>(from), column.codes.end(), code);
}

// The one interval of all series stored or just read; nothing when there are several or none.
Result<std::optional<Interval>> UsualInterval(const LakeView& view, const RowSpool& spool) {
  std::set<std::string> texts;
  for (const SeriesId& id : spool.Series()) texts.insert(id.interval.ToString());
  if (view.HasTable("vendor_candles")) {
    TM_ASSIGN(const std::vector<SeriesKey> stored, view.SeriesOf(VendorCandlesTable()));
    for (const SeriesKey& key : stored) texts.insert(key.interval);
  }
  if (texts.size() != 1) return std::optional<Interval>();
  TM_ASSIGN(const Interval interval, Interval::Parse(*texts.begin()));
  return std::optional<Interval>(interval);
}

Status CheckRejectLimit(const Config& config, const Intake& intake) {
  int64_t read = 0, rejected = 0;
  for (const SourceCount& count : intake.counts) {
    read += count.read;
    rejected += count.rejected;
  }
  if (read < config.reject_limit_after_rows ||
      static_cast<double>(rejected) <= config.reject_limit * static_cast<double>(read)) {
    return {};
  }
  const std::string path =
      config.lake.starts_with("s3://") ? "rejects.csv" : config.lake + ".rejects.csv";
  std::string csv = "source,position,line,reason,message,bytes\n";
  const Batch& rejects = intake.rejects;
  for (size_t i = 0; i < rejects.rows; ++i) {
    csv += fmt::format("{},{},{},{},{},{}\n", QuoteCsv(rejects["source"].strings.At(i)),
                       rejects["position"].ints[i], rejects["line"].ints[i],
                       QuoteCsv(rejects["reason"].strings.At(i)),
                       QuoteCsv(rejects["message"].strings.At(i)),
                       QuoteCsv(rejects["bytes"].strings.At(i)));
  }
  // That they are too many is the news, whether or not there is room to list them.
  const auto written = WriteFileSynced(path, csv);
  const std::string where =
      written ? fmt::format("all rejects are in {}", path)
              : fmt::format("they are in no file ({})", written.error().message());
  return Fail(
      ErrorCode::kTooManyRejects,
      fmt::format("{} of {} rows were rejected ({:.1f} %, at most {:.1f} % are allowed); the "
                  "first: {} at byte {} of {}. Nothing was stored; {}. "
                  "Raise rejects.limit to load the rest",
                  rejected, read, 100.0 * static_cast<double>(rejected) / static_cast<double>(read),
                  100 * config.reject_limit,
                  rejects.rows > 0 ? rejects["message"].strings.At(0) : "",
                  rejects.rows > 0 ? rejects["position"].ints[0] : 0,
                  rejects.rows > 0 ? rejects["source"].strings.At(0) : "", where));
}

}  // namespace

Result<std::map<std::string, FilePosition>> PositionsOf(const LakeView& view) {
  std::map<std::string, FilePosition> positions;
  if (!view.HasTable("ledger")) return positions;
  TM_ASSIGN(const Batch ledger, view.Read(LedgerTable(), {}));
  for (size_t i = 0; i < ledger.rows; ++i) {  // epochs in order: the last one stays
    positions[ledger["source"].strings.At(i)] = {ledger["bytes"].ints[i],
                                                 ledger["content_hash"].strings.At(i)};
  }
  return positions;
}

Result<SourceList> KnownSources(const LakeView& view) {
  TM_ASSIGN(const auto positions, PositionsOf(view));
  SourceList sources;
  for (const auto& [name, position] : positions) sources.Add(name);
  return sources;
}

Result<Intake> ReadSources(const Config& config, const LakeView& view, int64_t epoch,
                           ReceiveTime now, ThreadPool& threads, Progress* progress) {
  Intake intake;
  intake.spool = std::make_unique<RowSpool>(config.memory_limit_bytes / 4);
  intake.trades = std::make_unique<TradeSpool>(config.memory_limit_bytes / 4);
  TM_ASSIGN(const auto positions, PositionsOf(view));
  for (const auto& [name, position] : positions) intake.sources.Add(name);
  for (const SourceConfig& source : config.sources) {
    if (source.is_feed()) continue;
    TM_ASSIGN(const std::vector<InputFile> files, ListInputs(source.paths, config.s3));
    for (const InputFile& file : files) {
      if (!IsUtf8(file.uri)) {
        return Fail(ErrorCode::kInvalidArgument,
                    Printable(file.uri) + ": its name is not UTF-8; rename it");
      }
      intake.sources.SetRank(intake.sources.Add(file.uri, source.rank), source.rank);
      CandleFileOptions options = source.options;
      options.now = now;
      options.threads = &threads;
      TM_ASSIGN(options.usual_interval, UsualInterval(view, *intake.spool));
      const auto known = positions.find(file.uri);
      IntakeSink sink(&intake, file.uri, source.rank, epoch, progress);
      const size_t rejects_before = intake.rejects.rows;
      if (progress != nullptr) progress->Begin("reading " + file.uri, file.size);
      auto summary = ReadRows(file, options, config.s3,
                              known == positions.end() ? nullptr : &known->second, sink);
      if (!summary) return Fail(summary.error());
      SetContentHash(&intake.rejects, rejects_before, summary->position.content_hash);
      SourceCount count;
      count.source = file.uri;
      count.read = summary->read;
      count.rejected = summary->rejected;
      count.placeholder = summary->placeholder;
      count.bytes = summary->content_bytes;
      count.unchanged = summary->unchanged;
      count.layout = summary->layout;
      if (summary->trades) count.table = TradesTable().name;
      intake.counts.push_back(std::move(count));
      intake.summaries[file.uri] = *std::move(summary);
    }
  }
  TM_TRY(CheckRejectLimit(config, intake));
  return intake;
}

namespace {

Batch RevisionRows(const std::vector<MergedMonth::Superseded>& versions, const SeriesKey& key,
                   const SourceList& sources, int64_t epoch) {
  Batch rows(RevisionsTable().schema);
  for (const auto& version : versions) {
    rows["table"].strings.Append("vendor_candles");
    rows["venue"].strings.Append(key.venue);
    rows["symbol"].strings.Append(key.symbol);
    rows["interval"].strings.Append(key.interval);
    rows["open_time"].ints.push_back(version.values.open_time.us);
    rows["revision"].ints.push_back(version.revision);
    rows["open"].doubles.push_back(version.values.open);
    rows["high"].doubles.push_back(version.values.high);
    rows["low"].doubles.push_back(version.values.low);
    rows["close"].doubles.push_back(version.values.close);
    rows["volume"].doubles.push_back(version.values.volume);
    rows["source"].strings.Append(sources.NameOf(version.source));
    rows["received_at"].ints.push_back(version.received_at);
    rows["epoch"].ints.push_back(epoch);
  }
  rows.SetRows(versions.size());
  return rows;
}

// The rows of a merged month with open time in `range`.
Batch CandleRows(const MergedMonth& month, TimeRange range, const SeriesKey& key,
                 const SourceList& sources) {
  const auto& times = month.rows.open_time;
  const auto at = [&](EventTime t) {
    return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), t.us) - times.begin());
  };
  const size_t begin = at(range.start), end = at(range.end);
  Batch rows(VendorCandlesTable().schema);
  const auto slice = [&](const auto& from, auto& to) {
    to.assign(from.begin() + static_cast<ptrdiff_t>(begin),
              from.begin() + static_cast<ptrdiff_t>(end));
  };
  rows["venue"].strings.AppendRepeated(key.venue, end - begin);
  rows["symbol"].strings.AppendRepeated(key.symbol, end - begin);
  rows["interval"].strings.AppendRepeated(key.interval, end - begin);
  slice(times, rows["open_time"].ints);
  slice(month.rows.open, rows["open"].doubles);
  slice(month.rows.high, rows["high"].doubles);
  slice(month.rows.low, rows["low"].doubles);
  slice(month.rows.close, rows["close"].doubles);
  slice(month.rows.volume, rows["volume"].doubles);
  StringColumn& source = rows["source"].strings;
  std::vector<int32_t> codes(sources.size(), -1);
  for (size_t i = begin; i < end; ++i) {
    int32_t& code = codes[static_cast<size_t>(month.source[i])];
    if (code < 0) code = source.CodeOf(sources.NameOf(month.source[i]));
    source.codes.push_back(code);
  }
  slice(month.received_at, rows["received_at"].ints);
  slice(month.revision, rows["revision"].ints);
  rows.SetRows(end - begin);
  return rows;
}

}  // namespace

Result<RangeSet> WriteBase(BaseSeries& base, const std::vector<EventTime>& months,
                           const SourceList& sources, int64_t epoch, EpochWriter& writer,
                           std::vector<MergeCounts>* counts) {
  RangeSet changes;
  const SeriesKey key = KeyOf(base.id());
  for (const EventTime month : months) {
    TM_ASSIGN(const MergedMonth merged, base.MergeMonth(month));
    for (size_t s = 0; s < merged.counts.size(); ++s) (*counts)[s] += merged.counts[s];
    if (!merged.superseded.empty()) {
      TM_TRY(writer.Append(RevisionsTable(), RevisionRows(merged.superseded, key, sources, epoch)));
    }
    if (merged.changes.empty()) continue;
    changes.Add(merged.changes);
    // Only the stretch that changed is written.
    const TimeRange hull = merged.changes.Hull();
    TM_TRY(writer.Replace(VendorCandlesTable(), key, hull, CandleRows(merged, hull, key, sources)));
  }
  return changes;
}

Result<RangeSet> RewriteBase(BaseSeries& base, const std::vector<EventTime>& months,
                             const SourceList& sources, int64_t epoch, EpochWriter& writer) {
  RangeSet changes;
  const SeriesKey key = KeyOf(base.id());
  for (const EventTime month : months) {
    TM_ASSIGN(const MergedMonth merged, base.MergeMonth(month));
    const TimeRange whole = {month, AddMonths(month, 1)};
    TM_TRY(
        writer.Replace(VendorCandlesTable(), key, whole, CandleRows(merged, whole, key, sources)));
    TM_TRY(writer.Replace(RevisionsTable(), key, whole,
                          RevisionRows(merged.kept, key, sources, epoch)));
    changes.Add(merged.changes);
  }
  return changes;
}

std::vector<SourceCount> CountsAfter(const Intake& intake, const std::vector<MergeCounts>& merged) {
  std::vector<SourceCount> counts = intake.counts;
  for (SourceCount& count : counts) {
    const MergeCounts& of_source = merged[static_cast<size_t>(intake.sources.Find(count.source))];
    count.new_rows = of_source.new_rows;
    count.revised = of_source.revised;
    count.duplicate = of_source.duplicate;
    count.ambiguous = of_source.ambiguous;
  }
  return counts;
}

Status WriteFacts(const Intake& intake, const SourceWatermarks& said, const Batch& gap_events,
                  const std::vector<MergeCounts>& counts, int64_t epoch, ReceiveTime now,
                  EpochWriter& writer, std::vector<SourceCount>* report) {
  if (intake.rejects.rows > 0) TM_TRY(writer.Append(RejectsTable(), intake.rejects));
  Batch ledger(LedgerTable().schema);
  *report = CountsAfter(intake, counts);
  for (const SourceCount& count : *report) {
    if (count.unchanged) continue;
    const ReadSummary& summary = intake.summaries.at(count.source);
    ledger["source"].strings.Append(count.source);
    ledger["epoch"].ints.push_back(epoch);
    ledger["table"].strings.Append(count.table);
    ledger["read"].ints.push_back(count.read);
    ledger["new"].ints.push_back(count.new_rows);
    ledger["revised"].ints.push_back(count.revised);
    ledger["duplicate"].ints.push_back(count.duplicate);
    ledger["rejected"].ints.push_back(count.rejected);
    ledger["placeholder"].ints.push_back(count.placeholder);
    ledger["bytes"].ints.push_back(summary.position.bytes);
    ledger["content_hash"].strings.Append(summary.position.content_hash);
    ledger["header_bytes"].ints.push_back(summary.header_bytes);
    ledger["row_bytes"].ints.push_back(summary.row_bytes);
    ledger["reject_bytes"].ints.push_back(summary.reject_bytes);
    ledger["separator_bytes"].ints.push_back(summary.separator_bytes);
    ledger["position"].strings.Append(
        fmt::format("{}:{}", summary.position.bytes, summary.position.content_hash));
    ledger["received_at"].ints.push_back(now.us);
    ledger.rows++;
  }
  ledger.SetRows(ledger.rows);
  if (ledger.rows > 0) TM_TRY(writer.Append(LedgerTable(), ledger));
  Batch watermarks(WatermarksTable().schema);
  for (const auto& [key, watermark] : said) {
    watermarks["source"].strings.Append(key.first);
    watermarks["partition"].strings.Append(key.second);
    watermarks["epoch"].ints.push_back(epoch);
    watermarks["watermark"].ints.push_back(watermark.at.us);
    watermarks["reason"].strings.Append(watermark.reason);
    watermarks.rows++;
  }
  watermarks.SetRows(watermarks.rows);
  if (watermarks.rows > 0) TM_TRY(writer.Append(WatermarksTable(), watermarks));
  if (gap_events.rows > 0) {
    TM_TRY(writer.DeclareTable(GapEventsTable(), {}));
    TM_TRY(writer.Append(GapEventsTable(), gap_events));
  }
  return {};
}

}  // namespace tidemark
