// What a scraped target answers: read, written in both formats, and read again.
#include "agent/sources/scrape/reading/exposition.hpp"

#include "agent/telemetry/exposition.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

using telemetry::Format;

const telemetry::Labels added{{"service", "a\"b\\c\nd"}, {"instance", "one"}};

void read_back(const telemetry::FamilySet& set, Format format) {
  std::string text;
  const telemetry::Written written = telemetry::write_exposition({&set}, format, text);
  const auto again = sources::parse_exposition(text, format, {});
  if (!again) must(false, again.error().what + "\n" + text);
  must(again->duplicates == 0, "no series is written twice");
  must(again->sample_count == written.series, "as many series are read as were written");
  // What a format has no word for is shown as untyped; from then on nothing changes any more.
  std::string twice, thrice;
  (void)telemetry::write_exposition({&*again}, format, twice);
  const auto third = sources::parse_exposition(twice, format, {});
  must(third.has_value(), "what was written twice can be read");
  (void)telemetry::write_exposition({&*third}, format, thrice);
  must(thrice == twice, "what was written reads back as the same");
}

}  // namespace

void exposition(std::string_view bytes) {
  const Format format = take_choice(bytes, 2) == 0 ? Format::text : Format::open_metrics;
  const auto set = sources::parse_exposition(bytes, format, added);
  if (!set) {
    must(set.error().what.starts_with("cannot read metrics: line "), "an error names its line");
    return;
  }
  read_back(*set, Format::text);
  read_back(*set, Format::open_metrics);
}

}  // namespace outrider::fuzz
