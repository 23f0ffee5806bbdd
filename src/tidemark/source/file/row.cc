#include "tidemark/source/file/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tidemark {

std::string_view NameOf(Role role) {
  static constexpr std::array<std::string_view, kRoleCount> kNames = {
      "", "time", "open", "high", "low", "close", "volume", "symbol"};
  return kNames[static_cast<size_t>(role)];
}

std::string_view CodeOf(RejectReason reason) {
  static constexpr std::string_view kCodes[] = {
      "bad_time",         "damaged_time", "time_out_of_range", "time_misaligned",
      "time_nonexistent", "bad_number",   "missing_value",     "field_count",
      "out_of_range",     "not_positive", "high_below_body",   "low_above_body",
      "negative_volume",  "bad_symbol",   "bad_record",        "truncated",
      "unknown_layout",   "bad_side",     "bad_interval",      "unknown_message"};
  return kCodes[static_cast<size_t>(reason)];
}

std::optional<Rejection> ReadTime(std::string_view text, const TimeFormat& format, RowValues* row) {
  const ParsedTime time = ParseTimeText(text, format);
  row->time_us = time.us;
  switch (time.problem) {
    case TimeProblem::kNone:
      return std::nullopt;
    case TimeProblem::kBad:
      return Rejection{
          RejectReason::kBadTime,
          fmt::format("'{}' is not a time{}{}", text.substr(0, 60),
                      format.unit == TimeUnit::kAuto ? "" : " in ", NameOf(format.unit))};
    case TimeProblem::kDamaged:
      return Rejection{RejectReason::kDamagedTime,
                       fmt::format("time '{}' was rounded by a spreadsheet", text.substr(0, 60))};
    case TimeProblem::kNonexistent:
      return Rejection{
          RejectReason::kTimeNonexistent,
          fmt::format("the clocks skipped '{}' in this time zone", text.substr(0, 60))};
  }
  return std::nullopt;
}

RowChecker::RowChecker(const RowRules& rules) : rules_(rules) {
  quick_ = !rules_.time_is_close &&
           (!rules_.interval || rules_.interval->unit() == Interval::Unit::kFixed);
  if (rules_.interval && quick_) step_ = rules_.interval->nominal_micros();
  inverse_ = 1.0 / static_cast<double>(step_);
}

bool RowChecker::IsPlaceholder(const RowValues& row) {
  return std::all_of(row.number.begin(), row.number.begin() + 4,
                     [](double x) { return std::isnan(x); });
}

namespace {

// The open time of the candle whose stated time is `t`, or nullopt when it is not aligned. A close
// time may also be written as the last millisecond inside the candle, as Binance does.
std::optional<int64_t> OpenTime(const RowRules& rules, int64_t t) {
  if (!rules.interval) {
    if (rules.time_is_close && t % kMicrosPerSecond == kMicrosPerSecond - kMicrosPerMilli) {
      return t + kMicrosPerMilli;
    }
    return t;
  }
  if (!rules.time_is_close) {
    if (rules.interval->OpenOf({t}).us != t) return std::nullopt;
    return t;
  }
  for (const int64_t end : {t, t + kMicrosPerMilli}) {
    const EventTime open = rules.interval->OpenOf({end - 1});
    if (rules.interval->CloseOf(open).us == end) return open.us;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> RowChecker::Check(RowValues& row) const {
  const EventTime stated{row.time_us};
  const int64_t span = rules_.interval ? rules_.interval->nominal_micros() : 0;
  if (stated < rules_.first || stated.us > rules_.last.us + (rules_.time_is_close ? span : 0)) {
    return Rejection{
        RejectReason::kTimeOutOfRange,
        fmt::format("time {} is {}", FormatTime(stated),
                    stated < rules_.first ? "before 2009-01-03" : "more than a day in the future")};
  }
  const auto open_time = OpenTime(rules_, row.time_us);
  if (!open_time) {
    return Rejection{
        RejectReason::kTimeMisaligned,
        fmt::format("time {} is not a {} of {} candles", FormatTime(stated),
                    rules_.time_is_close ? "close" : "start", rules_.interval->ToString())};
  }
  row.time_us = *open_time;
  if (IsPlaceholder(row)) return std::nullopt;
  static constexpr std::string_view kNames[] = {"open", "high", "low", "close", "volume"};
  for (size_t i = 0; i < 4; ++i) {
    if (std::isnan(row.number[i])) {
      return Rejection{RejectReason::kMissingValue, fmt::format("{} is empty", kNames[i])};
    }
  }
  for (size_t i = 0; i < 5; ++i) {
    if (std::fabs(row.number[i]) >= kNumberLimit) {
      return Rejection{RejectReason::kOutOfRange,
                       fmt::format("{} {} is 2^44 or more", kNames[i], row.number[i])};
    }
    if (i < 4 && row.number[i] <= 0) {
      return Rejection{RejectReason::kNotPositive,
                       fmt::format("{} {} is not above 0", kNames[i], row.number[i])};
    }
  }
  if (row.high() < std::max(row.open(), row.close())) {
    return Rejection{
        RejectReason::kHighBelowBody,
        fmt::format("high {} is below open {} or close {}", row.high(), row.open(), row.close())};
  }
  if (row.low() > std::min(row.open(), row.close())) {
    return Rejection{RejectReason::kLowAboveBody, fmt::format("low {} is above open {} or close {}",
                                                              row.low(), row.open(), row.close())};
  }
  if (row.volume() < 0) {
    return Rejection{RejectReason::kNegativeVolume,
                     fmt::format("volume {} is below 0", row.volume())};
  }
  return std::nullopt;
}

bool BlockOutput::SwitchSymbol(std::string_view text) {
  auto it = std::find_if(series.begin(), series.end(),
                         [&](const SymbolRows& rows_of) { return rows_of.text == text; });
  if (it == series.end()) {
    SymbolRows fresh;
    fresh.text = text;
    if (!text.empty()) {
      auto symbol = Symbol::Parse(text);
      if (!symbol) return false;
      fresh.symbol = *std::move(symbol);
    }
    if (series.empty() && size_hint > 0) fresh.rows.Reserve(static_cast<size_t>(size_hint));
    series.push_back(std::move(fresh));
    it = series.end() - 1;
  }
  last_ = &it->rows;
  last_text_ = text;
  return true;
}

void BlockOutput::File(const RowChecker& checker, RowValues& row, std::string_view bytes,
                       int64_t position) {
  if (auto rejection = checker.Check(row)) return Reject(*std::move(rejection), bytes, position);
  if (RowChecker::IsPlaceholder(row)) {
    ++placeholder;
  } else if (!Add(row)) {
    return Reject({RejectReason::kBadSymbol, fmt::format("'{}' is not a symbol", row.symbol)},
                  bytes, position);
  }
  row_bytes += static_cast<int64_t>(bytes.size());
}

void BlockOutput::Reject(Rejection rejection, std::string_view bytes, int64_t position) {
  RejectedRow row;
  row.position = position;
  row.line = lines;
  row.reason = CodeOf(rejection.reason);
  row.message = std::move(rejection.message);
  row.bytes = bytes.substr(0, kRejectBytesKept);
  rejects.push_back(std::move(row));
  reject_bytes += static_cast<int64_t>(bytes.size());
}

}  // namespace tidemark
