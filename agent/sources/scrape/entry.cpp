#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/scrape/scrape.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::scrape {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

MetricSourceMaker to_maker(const Target& target) {
  return [target](const Tools& tools) { return make(tools, target); };
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Target> target =
      config::Object<Target>()
          .required("url", &Target::url, config::url({"http", "https"}),
                    "where the target shows its metrics, as Prometheus text or OpenMetrics")
          .optional("every", &Target::every, config::duration(100ms, 1h), "how often it is scraped")
          .optional("timeout", &Target::timeout, config::duration(10ms, 10min),
                    "how long one scrape may take")
          .optional("sample_limit", &Target::sample_limit, config::whole(1, 1'000'000),
                    "a target that shows more samples counts as down")
          .optional("labels", &Target::labels, labels_of_series(), labels_help)
          .rule(timeout_beyond_every<Target>);
  const std::function<MetricSourceMaker(Target)> turn = to_maker;
  shelf.put(MetricEntry{
      "scrape",
      "where the service's own metrics are read: Prometheus targets, whose series are shown on our page",
      config::list_of(target.as<MetricSourceMaker>(turn))});
}

}  // namespace outrider::sources::scrape
