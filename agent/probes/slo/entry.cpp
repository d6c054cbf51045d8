#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/slo/slo_probe.hpp"

namespace outrider::probes::slo {
namespace {

config::Kind<std::string> name() { return config::text_matching(1, 128); }

config::Kind<Settings> long_form() {
  const std::vector<std::pair<std::string, bool>> urgencies{{"page", false}, {"ticket", true}};
  return config::Object<Settings>()
      .required("objective", &Settings::objective, name(), "the objective of `slo`")
      .optional("at", &Settings::already_for_a_ticket, config::choice<bool>(urgencies),
                "from which urgency on it is not ok: `page` or already `ticket`");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::string)> of_name = [](std::string objective) {
    return Settings{std::move(objective)};
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = name().as<Settings>(of_name);
  shelf.put({"slo", "whether an objective of `slo` burns its error budget too fast",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::slo
