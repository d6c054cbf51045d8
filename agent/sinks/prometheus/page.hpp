// /metrics: our registry and every scraped target as one exposition, text 0.0.4 or OpenMetrics 1.0 by Accept,
// gzip by Accept-Encoding. However many scrapers come at once, one render serves them: those who arrive while
// it runs wait for it, those within `keep_for` after it get the same bytes. Sources that can look again when
// they are asked do so first; none of them keeps the page waiting for longer than a fifth of a second.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"
#include "agent/telemetry/exposition.hpp"

#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Registry;
template <class T>
class Family;
}  // namespace prometheus

namespace outrider::sinks::prometheus {

class MetricsPage {
 public:
  struct Tools {
    core::Clock& clock;
    async::Pool& pool;
    ::prometheus::Registry& registry;
    std::vector<const telemetry::Board*> boards;
  };

  // `own` is stamped on the agent's own series: service, namespace, environment.
  MetricsPage(const async::Executor& carry, Tools tools, telemetry::Labels own,
              core::Duration keep_for = std::chrono::milliseconds(100));
  ~MetricsPage();

  core::Task<net::Response> answer(const net::Call& call);

  // What the page would show now: our own first. For whoever sends it on.
  core::Task<std::vector<telemetry::FamilySetPointer>> sets();

  // Calls answer(); the page must outlive it.
  net::Handler handler();

 private:
  struct Page {
    std::string body;
    core::Instant made{};
  };
  struct Variant {  // one of: text, text gzipped, openmetrics, openmetrics gzipped
    std::shared_ptr<const Page> page;
    bool rendering = false;
    std::unique_ptr<async::Bell> done;
  };

  struct Looked {
    std::vector<telemetry::FamilySetPointer> scraped;
    std::vector<std::string> targets;  // whose they are
  };

  core::Task<std::shared_ptr<const Page>> page_for(telemetry::Format format, bool zipped,
                                                   core::Instant asked);
  core::Task<void> render(telemetry::Format format, bool zipped, Variant& variant);
  core::Task<Looked> look();
  void count(const telemetry::Written& written, const Looked& looked);

  Tools tools_;
  telemetry::Labels own_;
  core::Duration keep_for_;
  std::array<Variant, 4> variants_;
  std::array<::prometheus::Counter*, 2> renders_{};
  ::prometheus::Family<::prometheus::Counter>& scrape_errors_;
  std::set<telemetry::FamilySetPointer> counted_;  // sets whose conflicts are in the metric already
};

}  // namespace outrider::sinks::prometheus
