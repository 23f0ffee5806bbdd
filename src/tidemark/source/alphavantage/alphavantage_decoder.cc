#include "tidemark/source/alphavantage/alphavantage_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>
#include <vector>

#include "tidemark/source/alphavantage/alphavantage_request.h"
#include "tidemark/source/feed/rest_rows.h"

namespace tidemark {
namespace {

constexpr std::array<Role, 5> kValues = {Role::kOpen, Role::kHigh, Role::kLow, Role::kClose,
                                         Role::kVolume};

const TimeFormat kIsoInUtc = {.unit = TimeUnit::kIso, .zone = nullptr};

// One row before it is known which is the newest.
struct Point {
  Point(const FeedMessage& message, size_t row) : fields(message, static_cast<int>(row)) {}
  FieldReader fields;
  EventTime time;  // as the reply names it
  Candle candle;
};

// "4a. close (EUR)" is "close (EUR)".
std::string_view WithoutNumber(std::string_view key) {
  size_t n = 0;
  while (n < key.size() && key[n] >= '0' && key[n] <= '9') ++n;
  if (n > 0 && n < key.size() && (key[n] == 'a' || key[n] == 'b')) ++n;
  return n > 0 && key.substr(n).starts_with(". ") ? key.substr(n + 2) : key;
}

// "close", or "close (EUR)" where the market is EUR.
bool Names(std::string_view key, std::string_view name, std::string_view market) {
  if (!key.starts_with(name)) return false;
  key.remove_prefix(name.size());
  return key.empty() || (key.size() == market.size() + 3 && key.starts_with(" (") &&
                         key.ends_with(')') && key.substr(2, market.size()) == market);
}

JsonField Member(const simdjson::dom::object& object, std::string_view name,
                 std::string_view market = {}) {
  for (const auto& [key, value] : object) {
    if (Names(WithoutNumber(key), name, market)) return value;
  }
  return NoField();
}

std::string_view MarketOf(std::string_view symbol) {
  const size_t dash = symbol.find('-');
  return dash == symbol.npos ? std::string_view() : symbol.substr(dash + 1);
}

// A time of the reply in its zone, within what rows may say.
EventTime ReadTimeText(std::string_view text, const TimeFormat& format, std::string_view name,
                       FieldReader& fields) {
  RowValues row;
  if (text.empty()) {
    fields.Fail(RejectReason::kMissingValue, fmt::format("{} is missing", name));
  } else if (auto wrong = ReadTime(text, format, &row)) {
    fields.Fail(wrong->reason, std::move(wrong->message));
  } else {
    return {row.time_us};
  }
  return kFirstTime;
}

Result<TimeFormat> FormatOf(std::string_view zone) {
  TimeFormat format = kIsoInUtc;
  TM_ASSIGN(format.zone, Zone::Load(std::string(zone)));
  return format;
}

CandleState StateOfNewest(const Interval& interval, const Point& point, EventTime refreshed,
                          ReceiveTime at) {
  const EventTime close = interval.CloseOf(point.candle.open_time);
  const bool by_last_day = interval.unit() != Interval::Unit::kFixed;
  if (by_last_day && point.time + kMicrosPerDay < close) return CandleState::kOpen;
  if (close <= refreshed && refreshed.us <= at.us) return CandleState::kClosed;
  const bool settled = close.us + AlphaVantageDecoder::kSettleUs <= at.us;
  return settled ? CandleState::kClosed : CandleState::kOpen;
}

void Count(const CandleUpdate& update, AlphaVantageReply* reply) {
  if (update.state == CandleState::kOpen) {
    ++reply->open;
    return;
  }
  ++reply->closed;
  const EventTime close = update.interval.CloseOf(update.candle.open_time);
  reply->closed_until = std::max(reply->closed_until, close);
}

void DeliverPoints(const RestQuery& query, EventTime refreshed, std::deque<Point>& points,
                   FeedMessage& message, AlphaVantageReply* reply) {
  reply->kind = AlphaVantageReply::Kind::kCandles;
  if (points.empty()) return message.NoRows("rest", query.symbol);
  EventTime newest = kMinTime;
  for (Point& p : points) {
    if (!p.fields.ok()) continue;
    // A week and a month are named by a day within them.
    p.candle.open_time =
        query.interval.unit() == Interval::Unit::kFixed ? p.time : query.interval.OpenOf(p.time);
    p.fields.CheckCandle(query.interval, &p.candle);
    if (p.fields.ok()) newest = std::max(newest, p.candle.open_time);
  }
  for (Point& p : points) {
    CandleUpdate update;
    update.symbol = query.symbol;
    update.interval = query.interval;
    update.candle = p.candle;
    update.origin = TradeOrigin::kHistory;
    if (p.fields.ok()) {
      update.state = p.candle.open_time < newest
                         ? CandleState::kClosed
                         : StateOfNewest(query.interval, p, refreshed, message.at());
      Count(update, reply);
    } else {
      ++reply->rejected;
    }
    message.Deliver(p.fields, update);
  }
}

// CSV: a header, then a row a line. The last line must have its end, or it was cut.
class CsvReply {
 public:
  explicit CsvReply(std::string_view text) : rest_(text) {}
  // False at the end. `whole`: the line has its end.
  bool Next(std::vector<std::string_view>* cells, bool* whole) {
    if (rest_.empty()) return false;
    const size_t end = rest_.find('\n');
    *whole = end != rest_.npos;
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(*whole ? end + 1 : rest_.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    cells->clear();
    for (size_t from = 0;;) {
      const size_t comma = std::min(line.find(',', from), line.size());
      cells->push_back(line.substr(from, comma - from));
      if (comma == line.size()) return true;
      from = comma + 1;
    }
  }

 private:
  std::string_view rest_;
};

// Where the columns are; nullopt: one is missing.
struct CsvColumns {
  size_t count = 0, time = 0;
  std::array<size_t, kValues.size()> values = {};
};
std::optional<CsvColumns> ColumnsOf(const std::vector<std::string_view>& header,
                                    std::string_view market) {
  CsvColumns columns{.count = header.size()};
  const auto find = [&](std::string_view name) {
    return static_cast<size_t>(
        std::ranges::find_if(header,
                             [&](std::string_view cell) { return Names(cell, name, market); }) -
        header.begin());
  };
  columns.time = find("timestamp");
  bool all = columns.time < header.size();
  for (size_t i = 0; i < kValues.size(); ++i) {
    columns.values[i] = find(NameOf(kValues[i]));
    all = all && columns.values[i] < header.size();
  }
  if (!all) return std::nullopt;
  return columns;
}

void ReadCells(const std::vector<std::string_view>& cells, bool whole, const CsvColumns& columns,
               Point* point) {
  FieldReader& fields = point->fields;
  if (!whole) return fields.Fail(RejectReason::kTruncated, "the reply ends inside this line");
  if (cells.size() != columns.count) {
    return fields.Fail(RejectReason::kFieldCount,
                       fmt::format("{} fields, the header has {}", cells.size(), columns.count));
  }
  RowValues row;
  for (size_t i = 0; i < kValues.size() && fields.ok(); ++i) {
    if (auto wrong = ReadField(cells[columns.values[i]], kValues[i], RowRules(), &row)) {
      fields.Fail(wrong->reason, std::move(wrong->message));
    } else if (std::isnan(row.Of(kValues[i]))) {
      fields.Fail(RejectReason::kMissingValue, fmt::format("{} is missing", NameOf(kValues[i])));
    }
  }
  point->time = ReadTimeText(cells[columns.time], kIsoInUtc, "timestamp", fields);
  // 0 + x: a volume of -0 is 0.
  point->candle = {.open_time = {},
                   .open = row.open(),
                   .high = row.high(),
                   .low = row.low(),
                   .close = row.close(),
                   .volume = 0 + row.volume()};
}

void DecodeCsv(const RestQuery& query, std::string_view body, FeedMessage& message,
               AlphaVantageReply* reply) {
  CsvReply csv(body);
  std::vector<std::string_view> cells;
  bool whole = false;
  if (!csv.Next(&cells, &whole)) return;
  const auto columns = ColumnsOf(cells, MarketOf(query.symbol));
  if (!columns || query.kind != RestQuery::Kind::kCandles) {
    return message.Reject(RejectReason::kBadRecord, "a header without the columns of candles");
  }
  std::deque<Point> points;
  while (csv.Next(&cells, &whole)) {
    if (whole && cells.size() == 1 && cells[0].empty()) continue;
    points.emplace_back(message, points.size());
    ReadCells(cells, whole, *columns, &points.back());
  }
  DeliverPoints(query, kMinTime, points, message, reply);
}

// The values of one row of a series, in the shape it has.
void ReadValues(const Json& value, std::string_view market, Point* point) {
  FieldReader& fields = point->fields;
  const auto row = ObjectOf(value);
  if (!row) return fields.Fail(RejectReason::kBadRecord, "a row that is no object");
  const JsonField price = Member(*row, "price", market);
  const JsonField volume = Member(*row, "volume");
  if (!IsAbsent(price)) {  // the intraday series of 2017: a price every five minutes
    const double p = fields.Number(price, "price");
    point->candle = {{}, p, p, p, p, fields.Volume(volume)};
    return;
  }
  fields.CandleValues({Member(*row, "open", market), Member(*row, "high", market),
                       Member(*row, "low", market), Member(*row, "close", market), volume},
                      &point->candle);
}

// "" when the reply is about what was asked.
std::string OtherThanAsked(const RestQuery& query, std::string_view base, std::string_view quote) {
  if (base.empty() && quote.empty()) return "";
  const std::string is = fmt::format("{}-{}", base, quote);
  return is == query.symbol ? "" : fmt::format("a reply about {}", is);
}

// Of the series' name, "Time Series Crypto (5min)", "Time Series (Digital Currency Daily)"; the
// intraday series of 2017 says its interval only beside it.
bool IsOfInterval(std::string_view series, std::string_view said, const Interval& interval) {
  if (interval.unit() == Interval::Unit::kWeek) return series.find("Weekly") != series.npos;
  if (interval.unit() == Interval::Unit::kMonth) return series.find("Monthly") != series.npos;
  const std::string intraday = AlphaVantageIntraday(interval);
  if (intraday.empty()) return series.find("Daily") != series.npos;
  return said == intraday || series.find("(" + intraday + ")") != series.npos;
}

void DecodeSeries(const RestQuery& query, const simdjson::dom::object& root, std::string_view name,
                  const Json& rows, FeedMessage& message, AlphaVantageReply* reply) {
  const auto meta = ObjectOf(Member(root, "Meta Data"));
  const auto said = [&](std::string_view field) {
    return meta ? TextOf(Member(*meta, field)) : std::string_view();
  };
  if (const std::string other =
          OtherThanAsked(query, said("Digital Currency Code"), said("Market Code"));
      !other.empty()) {
    return message.Reject(RejectReason::kBadSymbol, other);
  }
  if (!IsOfInterval(name, said("Interval"), query.interval)) {
    return message.Reject(RejectReason::kBadInterval,
                          fmt::format("'{}' is not of {}", name, query.interval.ToString()));
  }
  const auto format = FormatOf(said("Time Zone"));
  if (!format) return message.Reject(RejectReason::kBadTime, format.error().message());
  const auto list = ObjectOf(rows);
  if (!list) return message.Reject(RejectReason::kBadRecord, "the series is no object");
  FieldReader ignored(message);
  const EventTime refreshed =
      ReadTimeText(said("Last Refreshed"), *format, "Last Refreshed", ignored);
  std::deque<Point> points;
  for (const auto& [time, value] : *list) {
    points.emplace_back(message, points.size());
    Point& point = points.back();
    point.time = ReadTimeText(time, *format, "the row's time", point.fields);
    ReadValues(value, MarketOf(query.symbol), &point);
  }
  DeliverPoints(query, ignored.ok() ? refreshed : kMinTime, points, message, reply);
}

void DecodeRate(const RestQuery& query, const simdjson::dom::object& rate, FeedMessage& message,
                AlphaVantageReply* reply) {
  FieldReader fields(message);
  const auto text = [&](std::string_view name) { return TextOf(Member(rate, name)); };
  const auto optional = [&](std::string_view name) {
    const JsonField field = Member(rate, name);
    return IsNull(field) || TextOf(field) == "-" ? kNull : fields.Price(field, name);
  };
  if (const std::string other =
          OtherThanAsked(query, text("From_Currency Code"), text("To_Currency Code"));
      !other.empty()) {
    fields.Fail(RejectReason::kBadSymbol, other);
  }
  const auto format = FormatOf(text("Time Zone"));
  if (!format) fields.Fail(RejectReason::kBadTime, format.error().message());
  ExchangeRate read;
  read.time = ReadTimeText(text("Last Refreshed"), format ? *format : TimeFormat(),
                           "Last Refreshed", fields);
  if (read.time < kFirstTime || read.time.us > message.at().us + kMicrosPerDay) {
    fields.Fail(RejectReason::kTimeOutOfRange,
                fmt::format("Last Refreshed {} is before 2009-01-03 or more than a day ahead",
                            FormatTime(read.time)));
  }
  read.rate = fields.Price(Member(rate, "Exchange Rate"), "Exchange Rate");
  read.bid = optional("Bid Price");
  read.ask = optional("Ask Price");
  message.Deliver(fields, query.symbol, read);
  if (!fields.ok()) return;
  reply->kind = AlphaVantageReply::Kind::kRate;
  reply->rate = read;
}

bool DecodeRefusal(const RestQuery& query, const simdjson::dom::object& root, FeedMessage& message,
                   AlphaVantageReply* reply) {
  for (const std::string_view member : {"Error Message", "Note", "Information"}) {
    const JsonField words = root[member];
    if (IsNull(words)) continue;
    reply->kind = AlphaVantageReply::Kind::kRefused;
    reply->words = WordsOf(words);
    reply->problem = ProblemOf(member, reply->words);
    DeliverRefusal(query,
                   MayPass(reply->problem) ? ControlAction::kSlowDown : ControlAction::kDropSymbol,
                   reply->words, message);
    return true;
  }
  return false;
}

}  // namespace

class AlphaVantageDecoder::Impl : public JsonRestDecoder {
 public:
  AlphaVantageReply reply;

 protected:
  bool DecodePlain(const RestQuery& query, std::string_view body, FeedMessage& message) override {
    reply = {};
    if (!body.starts_with("timestamp") || body.size() > kFeedMessageMax) return false;
    DecodeCsv(query, body, message, &reply);
    return true;
  }

  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override {
    const auto object = ObjectOf(root);
    if (!object) return message.Unknown("reply");
    const bool candles = query.kind == RestQuery::Kind::kCandles;
    for (const auto& [key, value] : *object) {
      if (candles && key.starts_with("Time Series")) {
        return DecodeSeries(query, *object, key, value, message, &reply);
      }
      const auto rate = ObjectOf(value);
      if (!candles && key == "Realtime Currency Exchange Rate" && rate) {
        return DecodeRate(query, *rate, message, &reply);
      }
    }
    if (!DecodeRefusal(query, *object, message, &reply)) message.Unknown("reply");
  }
};

AlphaVantageDecoder::AlphaVantageDecoder() : impl_(std::make_unique<Impl>()) {}
AlphaVantageDecoder::~AlphaVantageDecoder() = default;

void AlphaVantageDecoder::Decode(const RestQuery& query, std::string_view body, ReceiveTime at,
                                 FeedSink& sink) {
  impl_->Decode(query, body, at, sink);
}

const AlphaVantageReply& AlphaVantageDecoder::reply() const { return impl_->reply; }

}  // namespace tidemark
