#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/host/host.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::host {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

// As it is written: labels as a mapping.
struct Written {
  std::string proc = "/proc", sys = "/sys", root = "/";
  core::Duration every = 15s;
  core::Duration timeout = 2s;
  std::vector<std::string> collectors;
  std::vector<std::pair<std::string, std::string>> labels;
};

using Makers = std::vector<MetricSourceMaker>;

Makers to_makers(Written written) {
  Settings settings{{std::move(written.proc), std::move(written.sys), std::move(written.root)},
                    written.every,
                    written.timeout,
                    std::move(written.collectors),
                    {}};
  for (auto& [name, value] : written.labels) settings.labels.push_back({std::move(name), std::move(value)});
  return {[settings](const Tools& tools) { return make(tools, settings); }};
}

config::Kind<std::string> collector() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const std::string_view name : collector_names()) names.emplace_back(name, name);
  return config::choice(std::move(names));
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Written> written =
      config::Object<Written>()
          .optional("proc", &Written::proc, config::path(), "where the machine's /proc is mounted")
          .optional("sys", &Written::sys, config::path(), "where the machine's /sys is mounted")
          .optional("root", &Written::root, config::path(), "where the machine's root is mounted")
          .optional("every", &Written::every, config::duration(100ms, 1h),
                    "how often it is read when nobody asks for the metrics page; when somebody does it is "
                    "read then")
          .optional("timeout", &Written::timeout, config::duration(10ms, 1min),
                    "how long the kernel may take; a mount that takes longer counts as broken")
          .optional("collectors", &Written::collectors, config::list_of(collector(), 1),
                    "what is read, by node_exporter's names; all when left out")
          .optional("labels", &Written::labels, config::map_of(config::text(), config::Names::label),
                    "labels for each of its series");
  const std::function<Makers(Written)> turn = to_makers;
  const std::function<Makers(bool)> plain = [](bool wanted) { return wanted ? to_makers({}) : Makers(); };
  shelf.put(MetricEntry{"host", "the machine's own metrics, under the names of node_exporter",
                        config::either(config::yes_or_no().as<Makers>(plain), written.as<Makers>(turn))});
}

}  // namespace outrider::sources::host
