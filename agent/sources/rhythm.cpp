#include "agent/sources/rhythm.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/asking.hpp"

#include <vector>

namespace outrider::sources {

using namespace std::chrono_literals;

MetricEntry entry_with_rhythm(std::string_view key, std::string_view help, RhythmMaker make) {
  using Makers = std::vector<MetricSourceMaker>;
  const config::Kind<Rhythm> written =
      config::Object<Rhythm>()
          .optional("every", &Rhythm::every, config::duration(100ms, 1h),
                    "how often it is read when nobody asks for the metrics page; when somebody does it is "
                    "read then")
          .optional("timeout", &Rhythm::timeout, config::duration(10ms, 1min), "how long the kernel may take")
          .optional("labels", &Rhythm::labels, labels_of_series(), labels_help);
  const std::function<Makers(Rhythm)> turn = [make](const Rhythm& rhythm) -> Makers {
    return {[make, rhythm](const Tools& tools) { return make(tools, rhythm); }};
  };
  const std::function<Makers(bool)> plain = [turn](bool wanted) { return wanted ? turn({}) : Makers(); };
  return {key, help, config::either(config::yes_or_no().as<Makers>(plain), written.as<Makers>(turn))};
}

}  // namespace outrider::sources
