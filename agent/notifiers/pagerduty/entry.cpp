#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/pagerduty/pagerduty.hpp"
#include "agent/notifiers/usual.hpp"

namespace outrider::notifiers::pagerduty {

void enter(Shelf& shelf);

namespace {

struct Written : Usual {
  config::Secret routing_key;
  std::string url = Settings().url;
};

std::optional<config::Complaint> odd_key(const Written& written) {
  const std::string& key = written.routing_key.reveal();
  if (!key.empty() && is_one_line(key) && key.find(' ') == std::string::npos) return std::nullopt;
  return config::Complaint{"routing_key",
                           "`routing_key` must be one word: the key of an Events API v2 integration"};
}

Plan to_plan(const Written& written) {
  Plan plan = plan_of("pagerduty", written);
  plan.gap = std::chrono::seconds(1);
  Settings settings{plan.name, written.routing_key, written.url, written.timeout};
  plan.make =
      discreet([settings](const Tools& tools) { return make(tools, settings); }, {written.routing_key});
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  config::Object<Written> object;
  usual(object);
  object
      .required("routing_key", &Written::routing_key, config::secret(),
                "of an Events API v2 integration of a service")
      .optional("url", &Written::url, config::url({"http", "https"}),
                "where events go; of the EU another one")
      .rule(odd_key);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"pagerduty", "PagerDuty, Events API v2", object.kind().as<Plan>(turn)});
}

}  // namespace outrider::notifiers::pagerduty
