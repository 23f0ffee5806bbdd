#include "tidemark/source/simulator/candle_simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <queue>

#include "tidemark/base/file.h"
#include "tidemark/base/hash.h"

namespace tidemark {
namespace {

constexpr size_t kBufferBytes = 1 << 20;
constexpr size_t kMaxListedRejects = 1000;
// Readers infer the interval from the first rows; times off the minute are planted after those.
constexpr int64_t kRowsBeforeMisaligned = 4000;

// One text file, written through a buffer. Rows are separated, not terminated, as a document needs.
class RowFile {
 public:
  static Result<RowFile> Create(const std::string& path, const CandleText& text) {
    TM_TRY(RemoveFile(path));
    TM_ASSIGN(AppendFile file, AppendFile::Open(path));
    return RowFile(std::move(file), text);
  }
  // Where the next row begins.
  std::string& BeginRow() {
    if (rows_++ > 0) buffer_ += text_.Separator();
    return buffer_;
  }
  int64_t position() const { return written_ + static_cast<int64_t>(buffer_.size()); }
  int64_t line() const { return rows_ + (text_.Prologue().empty() ? 0 : 1); }
  Status EndRow() { return buffer_.size() < kBufferBytes ? Status() : Flush(); }
  Status Finish() {
    if (rows_ > 0) buffer_ += text_.Epilogue();
    return Flush();
  }

 private:
  RowFile(AppendFile file, const CandleText& text)
      : file_(std::move(file)), text_(text), buffer_(text.Prologue()) {}
  Status Flush() {
    TM_TRY(file_.Append(buffer_));
    written_ += static_cast<int64_t>(buffer_.size());
    buffer_.clear();
    return {};
  }
  AppendFile file_;
  CandleText text_;
  std::string buffer_;
  int64_t written_ = 0;
  int64_t rows_ = 0;
};

enum class Kind : uint8_t { kFresh, kRevised, kDuplicate, kDamaged };

struct Pending {
  int64_t due = 0;  // written after the clean path's row of this number
  int64_t order = 0;
  Kind kind = Kind::kFresh;
  bool late = false;
  SimulatedCandle candle;
  bool operator>(const Pending& o) const { return due != o.due ? due > o.due : order > o.order; }
};

// A wrong close inside a valid row: high and low stretch to hold it.
SimulatedCandle WithWrongClose(SimulatedCandle candle, Random& random) {
  const auto close = static_cast<double>(candle.close);
  const auto shift = std::max<int64_t>(1, static_cast<int64_t>(close * 0.05 * random.Uniform()));
  candle.close =
      random.Bernoulli(0.5) || candle.close <= shift ? candle.close + shift : candle.close - shift;
  candle.high = std::max(candle.high, candle.close);
  candle.low = std::min(candle.low, candle.close);
  return candle;
}

class SymbolSimulator {
 public:
  SymbolSimulator(const SimulateOptions& options, const SimulatedSymbol& symbol,
                  const CandlePathOptions& path, uint64_t seed)
      : options_(options),
        text_(symbol.format, symbol.price_decimals),
        path_(path),
        random_(seed),
        damage_kinds_(symbol.format == SimulatedFormat::kResults ? kWellFormedDamageKinds
                                                                 : kDamageKinds) {}

  Status Run(const std::string& path, const std::string& truth_path) {
    file_.path = path;
    file_.truth_path = truth_path;
    TM_ASSIGN(RowFile out, RowFile::Create(path, text_));
    std::optional<RowFile> truth;
    if (!truth_path.empty()) {
      TM_ASSIGN(truth, RowFile::Create(truth_path, text_));
    }
    int64_t row = 0;
    while (options_.rows <= 0 || row < options_.rows) {
      const auto candle = path_.Next();
      if (!candle) break;
      TM_TRY(Plant(*candle, row, out, truth));
      TM_TRY(WriteDue(row, out));
      ++row;
      last_open_us_ = candle->open_time_us;
    }
    TM_TRY(WriteDue(INT64_MAX, out));
    TM_TRY(out.Finish());
    if (truth) TM_TRY(truth->Finish());
    file_.bytes = out.position();
    file_.read = file_.fresh + file_.revised + file_.duplicate + file_.rejected + file_.placeholder;
    file_.outages = path_.outages();
    file_.flash_crashes = path_.flash_crashes();
    file_.spikes = path_.spikes();
    return {};
  }
  SimulatedFile& file() { return file_; }

 private:
  int64_t Delay() {
    return 1 + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(options_.max_delay_rows)));
  }
  void Later(int64_t due, Kind kind, bool late, const SimulatedCandle& candle) {
    pending_.push({due, next_order_++, kind, late, candle});
  }

  // Decides what happens to one row of the clean path on its way into the file.
  Status Plant(const SimulatedCandle& candle, int64_t row, RowFile& out,
               std::optional<RowFile>& truth) {
    if (row > 0 && candle.open_time_us - last_open_us_ > kMicrosPerMinute &&
        random_.Bernoulli(options_.placeholders)) {
      text_.AppendPlaceholder(last_open_us_ + kMicrosPerMinute, &out.BeginRow());
      ++file_.placeholder;
      TM_TRY(out.EndRow());
    }
    if (random_.Bernoulli(options_.corrupted)) {
      Later(row, Kind::kDamaged, false, candle);
      return {};
    }
    if (truth) {
      text_.AppendRow(candle, &truth->BeginRow());
      TM_TRY(truth->EndRow());
    }
    if (file_.truth_rows++ == 0) file_.first_time = {candle.open_time_us};
    file_.last_time = {candle.open_time_us};
    const bool late = random_.Bernoulli(options_.late);
    const int64_t first = late ? row + Delay() : row;
    if (random_.Bernoulli(options_.corrections)) {
      const SimulatedCandle wrong = WithWrongClose(candle, random_);
      const int64_t right = first + Delay();
      Later(first, Kind::kFresh, late, wrong);
      Later(right, Kind::kRevised, false, candle);
      if (random_.Bernoulli(options_.duplicates)) {
        const bool of_wrong = random_.Bernoulli(0.5);
        Later((of_wrong ? first : right) + Delay(), Kind::kDuplicate, false,
              of_wrong ? wrong : candle);
      }
      return {};
    }
    if (random_.Bernoulli(options_.duplicates)) {
      Later(first + Delay(), Kind::kDuplicate, false, candle);
    }
    if (late) {
      Later(first, Kind::kFresh, true, candle);
      return {};
    }
    return WriteRow({row, 0, Kind::kFresh, false, candle}, out);
  }

  Status WriteDue(int64_t row, RowFile& out) {
    while (!pending_.empty() && pending_.top().due <= row) {
      const Pending next = pending_.top();
      pending_.pop();
      TM_TRY(WriteRow(next, out));
    }
    return {};
  }

  Status WriteRow(const Pending& row, RowFile& out) {
    std::string& text = out.BeginRow();
    if (row.kind == Kind::kDamaged) {
      const int64_t position = out.position();
      Damage damage = static_cast<Damage>(next_damage_++ % damage_kinds_);
      if (damage == Damage::kMisalignedTime && file_.truth_rows < kRowsBeforeMisaligned) {
        damage = Damage::kFutureTime;
      }
      text_.AppendDamaged(row.candle, damage, random_, &text);
      ++file_.damage[static_cast<size_t>(damage)];
      ++file_.rejected;
      if (file_.first_rejects.size() < kMaxListedRejects) {
        file_.first_rejects.push_back({position, out.line(), damage});
      }
      return out.EndRow();
    }
    text_.AppendRow(row.candle, &text);
    // A delay that found nothing later to wait for (the file ended) is not late.
    if (row.late && max_written_us_ > row.candle.open_time_us) ++file_.late;
    max_written_us_ = std::max(max_written_us_, row.candle.open_time_us);
    switch (row.kind) {
      case Kind::kFresh:
        ++file_.fresh;
        break;
      case Kind::kRevised:
        ++file_.revised;
        break;
      default:
        ++file_.duplicate;
        break;
    }
    return out.EndRow();
  }

  const SimulateOptions& options_;
  CandleText text_;
  CandlePath path_;
  Random random_;
  int damage_kinds_;
  SimulatedFile file_;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  int64_t next_order_ = 1;
  int next_damage_ = 0;
  int64_t last_open_us_ = 0;
  int64_t max_written_us_ = INT64_MIN;
};

Status Validate(const SimulateOptions& options) {
  const auto invalid = [](std::string message) {
    return Fail(ErrorCode::kInvalidArgument, "simulate: " + std::move(message));
  };
  if (options.symbols.empty()) return invalid("no symbols");
  if (options.days <= 0 && options.rows <= 0) return invalid("neither days nor rows is positive");
  if (!(options.density > 0 && options.density <= 1)) return invalid("density must be in (0, 1]");
  const std::pair<const char*, double> shares[] = {{"duplicates", options.duplicates},
                                                   {"late", options.late},
                                                   {"corrections", options.corrections},
                                                   {"corrupted", options.corrupted},
                                                   {"placeholders", options.placeholders}};
  for (const auto& [name, share] : shares) {
    if (!(share >= 0 && share <= 1)) return invalid(fmt::format("{} must be in [0, 1]", name));
  }
  if (options.max_delay_rows < 1) return invalid("max_delay_rows must be at least 1");
  if (options.start.us % kMicrosPerMinute != 0) return invalid("start must be a whole minute");
  if (options.start < StartOf({2009, 1, 3}) || StartOf({2100, 1, 1}) < options.start) {
    return invalid("start must lie between 2009-01-03 and 2100-01-01");
  }
  for (size_t i = 0; i < options.symbols.size(); ++i) {
    const SimulatedSymbol& symbol = options.symbols[i];
    if (!(symbol.start_price > 0 && symbol.start_price < 1e7)) {
      return invalid("start_price must be in (0, 1e7)");
    }
    if (symbol.price_decimals < 0 || symbol.price_decimals > 8) {
      return invalid("price_decimals must be 0 to 8");
    }
    for (size_t j = 0; j < i; ++j) {
      if (options.symbols[j].symbol == symbol.symbol) {
        return invalid(symbol.symbol.text() + " is named twice");
      }
    }
  }
  return {};
}

std::string FileNameOf(const SimulatedSymbol& symbol) {
  std::string name;
  for (const char c : symbol.symbol.text()) {
    if (c != '-') name.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
  }
  return name + (symbol.format == SimulatedFormat::kCsv ? ".csv" : ".json");
}

}  // namespace

std::vector<SimulatedSymbol> StudySymbols() {
  return {*ParseSimulatedSymbol("LTC-USD:csv"), *ParseSimulatedSymbol("ETH-USD:json")};
}

Result<SimulatedSymbol> ParseSimulatedSymbol(std::string_view text) {
  SimulatedSymbol parsed;
  const size_t colon = text.find(':');
  TM_ASSIGN(parsed.symbol, Symbol::Parse(text.substr(0, colon)));
  const std::string_view format =
      colon == std::string_view::npos ? std::string_view("csv") : text.substr(colon + 1);
  if (format == "csv") {
    parsed.format = SimulatedFormat::kCsv;
  } else if (format == "json") {
    parsed.format = SimulatedFormat::kJsonLines;
  } else if (format == "results") {
    parsed.format = SimulatedFormat::kResults;
  } else {
    return Fail(ErrorCode::kParse,
                fmt::format("'{}': the format is csv, json or results, not '{}'", text, format));
  }
  struct Known {
    std::string_view base;
    double price;
    int decimals;
  };
  constexpr Known kKnown[] = {
      {"BTC", 30000, 1}, {"ETH", 1800, 2}, {"LTC", 90, 3}, {"XRP", 0.5, 5}, {"DOGE", 0.08, 6}};
  const std::string base = parsed.symbol.base();
  for (const Known& known : kKnown) {
    if (known.base != base) continue;
    parsed.start_price = known.price;
    parsed.price_decimals = known.decimals;
  }
  return parsed;
}

Result<SimulationManifest> SimulateFiles(const SimulateOptions& options,
                                         const std::string& folder) {
  TM_TRY(Validate(options));
  TM_TRY(MakeDirectories(options.write_truth ? folder + "/truth" : folder));
  SimulationManifest manifest;
  manifest.seed = options.seed;
  for (const SimulatedSymbol& symbol : options.symbols) {
    // Each symbol draws from its own streams, so that adding one leaves the others as they were.
    const uint64_t salt = Hash64(symbol.symbol.text());
    CandlePathOptions path;
    path.seed = options.seed ^ salt;
    path.start = options.start;
    if (options.rows <= 0) path.end = options.start + options.days * kMicrosPerDay;
    path.start_price = symbol.start_price;
    path.price_decimals = symbol.price_decimals;
    path.density = options.density;
    path.annual_volatility = options.annual_volatility;
    path.outages_per_year = options.outages_per_year;
    path.flash_crashes_per_year = options.flash_crashes_per_year;
    path.spikes_per_100k_rows = options.spikes_per_100k_rows;
    SymbolSimulator simulator(options, symbol, path,
                              (options.seed + 1) * 0x9e3779b97f4a7c15ULL ^ salt);
    const std::string name = FileNameOf(symbol);
    simulator.file().symbol = symbol.symbol.text();
    TM_TRY(simulator.Run(folder + "/" + name,
                         options.write_truth ? folder + "/truth/" + name : std::string()));
    manifest.files.push_back(std::move(simulator.file()));
  }
  TM_TRY(WriteFileSynced(folder + "/manifest.json", manifest.ToJson()));
  return manifest;
}

}  // namespace tidemark
