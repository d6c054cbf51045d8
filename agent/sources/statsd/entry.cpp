#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/asking.hpp"
#include "agent/sources/statsd/statsd_source.hpp"

#include <algorithm>
#include <functional>

namespace outrider::sources::statsd {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

// As it is written.
struct Written {
  std::string listen;
  std::uint64_t most_series = Bounds().series;
  core::Duration forget_after{};
  std::vector<double> buckets = Bounds().buckets;
  telemetry::Labels labels;
};

std::optional<config::Complaint> judge(const Written& written) {
  const auto wrong = std::ranges::adjacent_find(written.buckets, std::ranges::greater_equal());
  if (wrong == written.buckets.end()) return std::nullopt;
  return config::Complaint{"buckets", "`buckets` must be in order, each larger than the one before"};
}

using Makers = std::vector<MetricSourceMaker>;

Makers to_makers(Written written) {
  const Settings settings{std::move(written.listen),
                          {written.most_series, written.forget_after, std::move(written.buckets)},
                          std::move(written.labels)};
  return {[settings](const Tools& tools) { return make(tools, settings); }};
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Written> mapping =
      config::Object<Written>()
          .required("listen", &Written::listen, config::endpoint(), "where datagrams come in: host:port")
          .optional("most_series", &Written::most_series, config::whole(1, 1'000'000),
                    "so many series are shown; what is new then goes into one for all others of its name")
          .optional("forget_after", &Written::forget_after,
                    config::duration_or({{"never", 0s}}, 1min, 30 * 24h),
                    "a series of which nothing is said for so long goes")
          .optional("buckets", &Written::buckets, config::list_of(config::number(-1e12, 1e12), 1, 100),
                    "upper bounds of the buckets of timers (in seconds), histograms and distributions")
          .optional("labels", &Written::labels, labels_of_series(),
                    "labels for each of its series that does not carry them itself")
          .rule(judge);
  const std::function<Makers(Written)> turn = to_makers;
  shelf.put(MetricEntry{"statsd", "take what services say over StatsD and DogStatsD (UDP)",
                        place_or(config::endpoint(), &Written::listen, mapping).as<Makers>(turn)});
}

}  // namespace outrider::sources::statsd
