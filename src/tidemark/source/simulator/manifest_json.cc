// The manifest as JSON, keys in a fixed order.
#include <fmt/format.h>

#include <iterator>

#include "tidemark/base/json_text.h"
#include "tidemark/source/simulator/candle_simulator.h"

namespace tidemark {
namespace {

template <typename Items, typename ToText>
std::string List(const Items& items, const ToText& to_text) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ", ";
    out += to_text(item);
  }
  return out + "]";
}

std::string TimeText(EventTime t) { return JsonString(FormatTime(t)); }

}  // namespace

std::string SimulationManifest::ToJson() const {
  std::string out = fmt::format("{{\n  \"seed\": {},\n  \"files\": [", seed);
  for (size_t i = 0; i < files.size(); ++i) {
    const SimulatedFile& f = files[i];
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "{}\n    {{\n      \"symbol\": {},\n      \"path\": {},\n", i > 0 ? "," : "",
                   JsonString(f.symbol), JsonString(f.path));
    fmt::format_to(to, "      \"truth_path\": {},\n      \"bytes\": {},\n",
                   JsonString(f.truth_path), f.bytes);
    fmt::format_to(to,
                   "      \"ledger\": {{\"read\": {}, \"new\": {}, \"revised\": {}, "
                   "\"duplicate\": {}, \"rejected\": {}, \"placeholder\": {}}},\n",
                   f.read, f.fresh, f.revised, f.duplicate, f.rejected, f.placeholder);
    fmt::format_to(to, "      \"truth_rows\": {},\n      \"late\": {},\n", f.truth_rows, f.late);
    out += "      \"damage\": {";
    for (int kind = 0; kind < kDamageKinds; ++kind) {
      fmt::format_to(std::back_inserter(out), "{}\"{}\": {}", kind > 0 ? ", " : "",
                     NameOf(static_cast<Damage>(kind)), f.damage[static_cast<size_t>(kind)]);
    }
    out += "},\n      \"first_rejects\": " + List(f.first_rejects, [](const PlantedReject& r) {
             return fmt::format("{{\"position\": {}, \"line\": {}, \"damage\": \"{}\"}}",
                                r.position, r.line, NameOf(r.damage));
           });
    const auto after = std::back_inserter(out);
    fmt::format_to(after, ",\n      \"first_time\": {},\n      \"last_time\": {},\n",
                   TimeText(f.first_time), TimeText(f.last_time));
    out += "      \"outages\": " + List(f.outages, [](const TimeRange& r) {
             return fmt::format("[{}, {}]", TimeText(r.start), TimeText(r.end));
           });
    out += ",\n      \"flash_crashes\": " + List(f.flash_crashes, TimeText);
    out += ",\n      \"spikes\": " + List(f.spikes, TimeText) + "\n    }";
  }
  return out + "\n  ]\n}\n";
}

}  // namespace tidemark
