#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/cgroup/cgroup_source.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::cgroup {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

struct Written {
  core::Duration every = 15s;
  core::Duration timeout = 2s;
  std::vector<std::pair<std::string, std::string>> labels;
};

using Makers = std::vector<MetricSourceMaker>;

Makers to_makers(Written written) {
  Settings settings;
  settings.every = written.every;
  settings.timeout = written.timeout;
  for (auto& [name, value] : written.labels) settings.labels.push_back({std::move(name), std::move(value)});
  return {[settings](const Tools& tools) { return make(tools, settings); }};
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Written> written =
      config::Object<Written>()
          .optional("every", &Written::every, config::duration(100ms, 1h),
                    "how often it is read when nobody asks for the metrics page; when somebody does it is "
                    "read then")
          .optional("timeout", &Written::timeout, config::duration(10ms, 1min),
                    "how long the kernel may take")
          .optional("labels", &Written::labels, config::map_of(config::text(), config::Names::label),
                    "labels for each of its series that does not carry them itself");
  const std::function<Makers(Written)> turn = to_makers;
  const std::function<Makers(bool)> plain = [](bool wanted) { return wanted ? to_makers({}) : Makers(); };
  shelf.put(MetricEntry{
      "cgroup", "what the service's control group allows it and has counted, under the names of cAdvisor",
      config::either(config::yes_or_no().as<Makers>(plain), written.as<Makers>(turn))});
}

}  // namespace outrider::sources::cgroup
