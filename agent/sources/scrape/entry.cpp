#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/scrape/scrape.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::scrape {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

// As it is written: labels as a mapping.
struct Written {
  std::string url;
  core::Duration every = 15s;
  core::Duration timeout = 5s;
  std::uint64_t sample_limit = 50'000;
  std::vector<std::pair<std::string, std::string>> labels;
};

std::optional<config::Complaint> judge(const Written& written) {
  if (written.timeout <= written.every) return std::nullopt;
  return config::Complaint{"timeout", "`timeout` must not be longer than `every`"};
}

MetricSourceMaker to_maker(Written written) {
  Target target{std::move(written.url), written.every, written.timeout, written.sample_limit, {}};
  for (auto& [name, value] : written.labels) target.labels.push_back({std::move(name), std::move(value)});
  return [target](const Tools& tools) { return make(tools, target); };
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Written> written =
      config::Object<Written>()
          .required("url", &Written::url, config::url({"http", "https"}),
                    "where the target shows its metrics, as Prometheus text or OpenMetrics")
          .optional("every", &Written::every, config::duration(100ms, 1h), "how often it is scraped")
          .optional("timeout", &Written::timeout, config::duration(10ms, 10min),
                    "how long one scrape may take")
          .optional("sample_limit", &Written::sample_limit, config::whole(1, 1'000'000),
                    "a target that shows more samples counts as down")
          .optional("labels", &Written::labels, config::map_of(config::text(), config::Names::label),
                    "labels for each of its series that does not carry them itself")
          .rule(judge);
  const std::function<MetricSourceMaker(Written)> turn = to_maker;
  shelf.put(MetricEntry{
      "scrape",
      "where the service's own metrics are read: Prometheus targets, whose series are shown on our page",
      config::list_of(written.as<MetricSourceMaker>(turn))});
}

}  // namespace outrider::sources::scrape
