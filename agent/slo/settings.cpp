#include "agent/slo/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::slo {

using namespace std::chrono_literals;

config::Kind<Settings> settings_kind() {
  config::Object<ObjectiveSettings> objective;
  objective
      .required("probe", &ObjectiveSettings::probe, config::text_matching(1, 128),
                "the probe of `health.probes` whose answers count")
      .optional("target", &ObjectiveSettings::target, config::number(50, 99.999),
                "how many answers of a hundred are to be good")
      .optional("over", &ObjectiveSettings::over, config::duration(24h, 24h * 90),
                "the period that the error budget is for")
      .optional("faster_than", &ObjectiveSettings::faster_than, config::duration(1ms, 1min),
                "an answer that takes longer is not good; left out, any that is ok is");
  return config::map_of(config::Kind<ObjectiveSettings>(objective), config::Names::slug);
}

Objective objective_of(const std::string& name, const ObjectiveSettings& settings, core::Duration every) {
  return {name, settings.probe, settings.target / 100, settings.over, every, settings.faster_than};
}

}  // namespace outrider::slo
