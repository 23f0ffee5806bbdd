#include "tidemark/source/file/template.h"

#include <algorithm>

namespace tidemark {
namespace {

// Whether `value` is what ParsePlainIso reads (and decimals of the second, where times are finer),
// and a suffix that says UTC and nothing else.
bool IsPlainIso(std::string_view value, const TimeFormat& format, size_t* suffix_size) {
  int64_t us = 0;
  if (value.size() < 19 || ParsePlainIso(value.data(), &us) == nullptr) return false;
  std::string_view suffix = value.substr(19);
  if (format.finer && suffix.starts_with('.')) {
    suffix.remove_prefix(std::min(suffix.find_first_not_of("0123456789", 1), suffix.size()));
  }
  *suffix_size = suffix.size();
  for (const std::string_view utc : {"Z", "+00:00", " UTC", ".000Z", ".000000Z"}) {
    if (suffix == utc) return true;
  }
  return format.zone == nullptr && (suffix.empty() || suffix == ".000" || suffix == ".000000");
}

}  // namespace

RecordTemplate RecordTemplate::Learn(std::string_view record, const std::vector<FieldSpan>& fields,
                                     std::string_view terminator, const RowRules& rules) {
  const TimeFormat& format = rules.time;
  RecordTemplate shape;
  shape.fraction_ = format.finer;
  shape.side_form_ = rules.side_form;
  size_t at = 0;
  uint32_t seen = 0;
  for (const FieldSpan& field : fields) {
    Slot slot;
    size_t iso_suffix = 0;
    slot.before = record.substr(at, field.begin - at);
    const std::string_view value = record.substr(field.begin, field.end - field.begin);
    switch (field.role) {
      case Role::kSkip:
        slot.kind = Kind::kSkip;
        break;
      case Role::kSymbol:
        slot.kind = Kind::kSymbol;
        break;
      case Role::kVenue:
        slot.kind = Kind::kVenue;
        break;
      case Role::kId:
        slot.kind = IdNumber(value) ? Kind::kIdNumber : Kind::kIdText;
        break;
      case Role::kSequence:
        slot.kind = Kind::kSequence;
        break;
      case Role::kSide:
        slot.kind = Kind::kSide;
        break;
      case Role::kTime: {
        const ParsedTime time = ParseTimeText(value, format);
        if (time.problem != TimeProblem::kNone) return shape;
        if (time.unit == TimeUnit::kIso) {
          if (!IsPlainIso(value, format, &iso_suffix)) return shape;
          slot.kind = Kind::kIso;
          break;
        }
        slot.kind = Kind::kEpoch;
        const size_t digits = time.unit == TimeUnit::kSecond && format.finer
                                  ? std::min(value.find('.'), value.size())
                                  : value.size();
        shape.epoch_digits_ = static_cast<int64_t>(digits);
        if (time.unit == TimeUnit::kSecond) shape.epoch_factor_ = kMicrosPerSecond;
        if (time.unit == TimeUnit::kMilli) shape.epoch_factor_ = kMicrosPerMilli;
        if (time.unit == TimeUnit::kNano) shape.epoch_divisor_ = 1000;
        // With a unit given or not, as many digits as the first: the factor cannot be another.
        if (digits < 10 || digits > 19) return shape;
        break;
      }
      default:
        slot.kind = Kind::kNumber;
        slot.index = NumberIndex(field.role);
        break;
    }
    seen |= 1u << static_cast<unsigned>(field.role);
    shape.slots_.push_back(std::move(slot));
    at = field.end - iso_suffix;
  }
  shape.after_ = std::string(record.substr(at)) + std::string(terminator);
  shape.terminator_size_ = static_cast<int64_t>(terminator.size());
  shape.lines_ = std::count(record.begin(), record.end(), '\n') +
                 std::count(terminator.begin(), terminator.end(), '\n');
  for (size_t i = 0; i < shape.slots_.size(); ++i) {
    const std::string& next =
        i + 1 < shape.slots_.size() ? shape.slots_[i + 1].before : shape.after_;
    if (next.empty()) return shape;  // two values in a row cannot be told apart
    shape.slots_[i].stop = next[0];
  }
  shape.FindDelimiter();
  const auto bit = [](Role role) { return 1u << static_cast<unsigned>(role); };
  const uint32_t needed =
      bit(Role::kTime) |
      (rules.trades ? bit(Role::kPrice) | bit(Role::kSize)
                    : bit(Role::kOpen) | bit(Role::kHigh) | bit(Role::kLow) | bit(Role::kClose));
  shape.ok_ = (seen & needed) == needed;
  return shape;
}

void RecordTemplate::FindDelimiter() {
  if (slots_.empty() || (after_ != "\n" && after_ != "\r\n")) return;
  const std::string delimiter(1, slots_.front().stop);
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].before != (i == 0 ? "" : delimiter)) return;
  }
  delimiter_ = delimiter[0];
}

}  // namespace tidemark
