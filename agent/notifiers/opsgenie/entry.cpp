#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/opsgenie/opsgenie.hpp"
#include "agent/notifiers/usual.hpp"

namespace outrider::notifiers::opsgenie {

void enter(Shelf& shelf);

namespace {

struct Written : Usual {
  config::Secret key;
  std::string url = Settings().url;
  std::vector<std::string> tags;
};

std::optional<config::Complaint> odd_key(const Written& written) {
  if (is_one_line(written.key.reveal())) return std::nullopt;
  return config::Complaint{"key", "it must be one line"};
}

Plan to_plan(const Written& written) {
  Plan plan = plan_of("opsgenie", written);
  plan.gap = std::chrono::seconds(1);
  Settings settings{plan.name, written.key, written.url, written.tags, written.timeout};
  plan.make = discreet([settings](const Tools& tools) { return make(tools, settings); }, {written.key});
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  config::Object<Written> object;
  usual(object);
  object.required("key", &Written::key, config::secret(), "of an API integration of a team")
      .optional("url", &Written::url, config::url({"http", "https"}),
                "where the API is; of the EU https://api.eu.opsgenie.com")
      .optional("tags", &Written::tags, config::list_of(config::text_matching(1, 50), 0, 18), "more tags")
      .rule(odd_key);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"opsgenie", "Opsgenie's Alert API", object.kind().as<Plan>(turn)});
}

}  // namespace outrider::notifiers::opsgenie
