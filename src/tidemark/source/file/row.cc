#include "tidemark/source/file/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tidemark/source/file/number.h"

namespace tidemark {

std::string_view NameOf(Role role) {
  static constexpr std::array<std::string_view, kRoleCount> kNames = {
      "",       "time",  "open", "high", "low", "close",    "volume",
      "symbol", "price", "size", "side", "id",  "sequence", "venue"};
  return kNames[static_cast<size_t>(role)];
}

std::string_view CodeOf(RejectReason reason) {
  static constexpr std::string_view kCodes[] = {
      "bad_time",         "damaged_time", "time_out_of_range", "time_misaligned",
      "time_nonexistent", "bad_number",   "missing_value",     "field_count",
      "out_of_range",     "not_positive", "high_below_body",   "low_above_body",
      "negative_volume",  "bad_symbol",   "bad_side",          "damaged_id",
      "bad_record",       "truncated",    "unknown_layout",    "bad_interval",
      "unknown_message"};
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

namespace {

std::optional<Rejection> ReadId(std::string_view text, RowValues* row) {
  switch (CheckId(&text)) {
    case IdProblem::kRounded:
      return Rejection{RejectReason::kDamagedId,
                       fmt::format("id '{}' was rounded by a spreadsheet", text)};
    case IdProblem::kNotText:
      return Rejection{RejectReason::kDamagedId,
                       fmt::format("id '{}' is not text", text.substr(0, 60))};
    case IdProblem::kNone:
      break;
  }
  if (const std::optional<int64_t> number = IdNumber(text)) {
    row->id_number = *number;
  } else {
    row->id = text;
  }
  return std::nullopt;
}

std::optional<Rejection> ReadSide(std::string_view text, SideForm form, RowValues* row) {
  const std::optional<Side> side = ParseSide(text, form);
  if (!side) {
    return Rejection{RejectReason::kBadSide,
                     fmt::format("side '{}' is neither bought nor sold", text.substr(0, 60))};
  }
  row->side = *side;
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> ReadField(std::string_view text, Role role, const RowRules& rules,
                                   RowValues* row) {
  const auto bad_number = [&] {
    return Rejection{RejectReason::kBadNumber,
                     fmt::format("{} '{}' is not a number", NameOf(role), text.substr(0, 60))};
  };
  switch (role) {
    case Role::kSkip:
      return std::nullopt;
    case Role::kTime:
      return ReadTime(text, rules.time, row);
    case Role::kSymbol:
      row->symbol = text;
      return std::nullopt;
    case Role::kVenue:
      row->venue = text;
      return std::nullopt;
    case Role::kId:
      return ReadId(text, row);
    case Role::kSide:
      return ReadSide(text, rules.side_form, row);
    case Role::kSequence:
      if (!ParseSequence(text, &row->sequence)) return bad_number();
      return std::nullopt;
    default:
      if (ParseNumberText(text, rules.decimal_comma, &row->Of(role)) == NumberKind::kBad) {
        return bad_number();
      }
      return std::nullopt;
  }
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
  if (auto rejection = CheckTime(row)) return rejection;
  return rules_.trades ? CheckTrade(row) : CheckCandle(row);
}

std::optional<Rejection> RowChecker::CheckTime(RowValues& row) const {
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
  return std::nullopt;
}

std::optional<Rejection> RowChecker::CheckTrade(const RowValues& row) {
  static constexpr std::string_view kNames[] = {"price", "size"};
  for (size_t i = 0; i < 2; ++i) {
    const double x = row.number[i];
    if (std::isnan(x)) {
      return Rejection{RejectReason::kMissingValue, fmt::format("{} is empty", kNames[i])};
    }
    if (std::fabs(x) >= kNumberLimit) {
      return Rejection{RejectReason::kOutOfRange,
                       fmt::format("{} {} is 2^44 or more", kNames[i], x)};
    }
    if (x <= 0) {
      return Rejection{RejectReason::kNotPositive,
                       fmt::format("{} {} is not above 0", kNames[i], x)};
    }
  }
  return std::nullopt;
}

std::optional<Rejection> RowChecker::CheckCandle(const RowValues& row) {
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

}  // namespace tidemark
