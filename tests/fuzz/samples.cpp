// What a scraped target exposes, on its way to a receiver of remote write; and what a disk, or somebody on
// it, made of a portion that waited there.
#include "agent/sinks/remote_write/split/split.hpp"
#include "agent/sources/scrape/reading/exposition.hpp"
#include "agent/telemetry/remote_write/otlp_request.hpp"
#include "agent/telemetry/remote_write/portion_view.hpp"
#include "agent/telemetry/remote_write/portions.hpp"
#include "agent/telemetry/remote_write/second_version.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"
#include "tests/fuzz/target.hpp"

#include <memory>
#include <set>

namespace outrider::fuzz {
namespace {

using namespace telemetry::remote_write;

const telemetry::Labels added{{"job", "a\"b\\c\nd"}, {"instance", "one"}};

std::uint64_t count(const std::vector<Portion>& portions, std::uint32_t most) {
  std::uint64_t samples = 0;
  std::set<std::string> seen;
  for (const Portion& portion : portions) {
    const auto plain = unpacked(portion.packed, most_portion_bytes);
    must(plain && plain->size() == portion.bytes, "a portion is unpacked as it was");
    const auto series = series_of(*plain);
    must(series && series->size() == portion.samples && portion.samples <= 2 * most,
         "and has so many series");
    const auto second = second_version(portion.packed);
    must(second && second->samples == portion.samples, "and as many in the second version");
    must(otlp_request(portion.packed).has_value(), "and OTLP can say it");
    for (const std::string_view one : *series)
      must(seen.insert(shown_series(one)).second, "no series is there twice");
    samples += portion.samples;
  }
  return samples;
}

void send(std::string_view exposition, telemetry::Format format, std::uint32_t most) {
  auto set = sources::parse_exposition(exposition, format, {});
  if (!set) return;
  const auto shown = std::make_shared<const telemetry::FamilySet>(std::move(*set));
  PortionWriter writer({.keep = {}, .drop = {}, .labels = added}, {.samples = most, .bytes = 4096});
  const std::uint64_t first = count(writer.write({shown}, 1000), most);
  must(first <= shown->sample_count, "nothing is made up");
  must(count(writer.write({shown}, 2000), most) <= first, "what is shown again is not over");
  must(count(writer.write({}, 3000), most) <= first, "nothing is over that was not there");
  must(writer.write({}, 4000).empty(), "nor over twice");
}

}  // namespace

void samples(std::string_view bytes) {
  const std::size_t choice = take_choice(bytes, 8);
  send(bytes, choice % 2 == 0 ? telemetry::Format::text : telemetry::Format::open_metrics,
       static_cast<std::uint32_t>(choice + 1));
  (void)series_of(bytes);
  (void)shown_series(bytes);
  for (const std::string& some : {std::string(bytes), packed(bytes)}) {
    (void)second_version(some);
    (void)otlp_request(some);
    auto split = sinks::remote_write::Split::of(some);
    if (!split) continue;
    for (int asked = 0; !split->is_done(); ++asked) {
      must(asked < 2000, "it comes to an end");
      (void)split->next();
      if (asked % 3 == 0) {
        split->taken();
      } else {
        split->refused(asked % 5 == 0);
      }
    }
  }
}

}  // namespace outrider::fuzz
