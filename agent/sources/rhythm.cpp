#include "agent/sources/rhythm.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <string>
#include <utility>
#include <vector>

namespace outrider::sources {
namespace {

using namespace std::chrono_literals;

// As it is written: labels as a mapping.
struct WrittenRhythm {
  core::Duration every = Rhythm().every;
  core::Duration timeout = Rhythm().timeout;
  std::vector<std::pair<std::string, std::string>> labels;
};

}  // namespace

MetricEntry entry_with_rhythm(std::string_view key, std::string_view help, RhythmMaker make) {
  using Makers = std::vector<MetricSourceMaker>;
  const config::Kind<WrittenRhythm> written =
      config::Object<WrittenRhythm>()
          .optional("every", &WrittenRhythm::every, config::duration(100ms, 1h),
                    "how often it is read when nobody asks for the metrics page; when somebody does it is "
                    "read then")
          .optional("timeout", &WrittenRhythm::timeout, config::duration(10ms, 1min),
                    "how long the kernel may take")
          .optional("labels", &WrittenRhythm::labels, config::map_of(config::text(), config::Names::label),
                    "labels for each of its series that does not carry them itself");
  const std::function<Makers(WrittenRhythm)> turn = [make](WrittenRhythm words) -> Makers {
    Rhythm rhythm{words.every, words.timeout, {}};
    for (auto& [name, value] : words.labels) rhythm.labels.push_back({std::move(name), std::move(value)});
    return {[make, rhythm](const Tools& tools) { return make(tools, rhythm); }};
  };
  const std::function<Makers(bool)> plain = [turn](bool wanted) { return wanted ? turn({}) : Makers(); };
  return {key, help, config::either(config::yes_or_no().as<Makers>(plain), written.as<Makers>(turn))};
}

}  // namespace outrider::sources
