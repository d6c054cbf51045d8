#include "agent/pipeline/traces/figures_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using tracing::FigureSettings;
using tracing::GraphSettings;

std::optional<std::string> judge_buckets(const std::vector<core::Duration>& buckets) {
  const bool ascends = std::ranges::adjacent_find(buckets, std::greater_equal<>()) == buckets.end();
  return ascends ? std::nullopt : std::optional<std::string>("must be ascending, without one twice");
}

config::Kind<std::vector<core::Duration>> buckets_kind() {
  return config::list_of(config::duration(1us, 24h), 1, 60).check(judge_buckets);
}

// `true`, or what is otherwise than usual.
template <class Settings>
config::Kind<std::optional<Settings>> wanted(const config::Kind<Settings>& settings) {
  using Optional = std::optional<Settings>;
  const std::function<Optional(bool)> usual = [](bool is_wanted) {
    return is_wanted ? Optional(Settings()) : std::nullopt;
  };
  const std::function<Optional(Settings)> chosen = [](Settings written) {
    return Optional(std::move(written));
  };
  return config::either(config::yes_or_no().as<Optional>(usual), settings.template as<Optional>(chosen));
}

}  // namespace

config::Kind<std::optional<FigureSettings>> figures_kind() {
  const config::Kind<FigureSettings> settings =
      config::Object<FigureSettings>()
          .optional("buckets", &FigureSettings::buckets, buckets_kind(),
                    "how long operations take, in classes up to each of these")
          .optional("attributes", &FigureSettings::attributes,
                    config::list_of(config::text_matching(1, 100), 0, 10),
                    "of a span, or of what it ran in: each becomes a label, its dots underscores")
          .optional("most_series", &FigureSettings::most_series, config::whole(10, 1'000'000),
                    "operations beyond so many are counted together, as `other`");
  return wanted(settings);
}

config::Kind<std::optional<GraphSettings>> graph_kind() {
  const config::Kind<GraphSettings> settings =
      config::Object<GraphSettings>()
          .optional("buckets", &GraphSettings::buckets, buckets_kind(),
                    "how long calls take, in classes up to each of these")
          .optional(
              "wait", &GraphSettings::wait, config::duration(1s, 10min),
              "so long a span that calls waits for the one that is called by it, and the other way round")
          .optional("most_edges", &GraphSettings::most_edges, config::whole(10, 1'000'000),
                    "pairs of services beyond so many are counted together, as `other`");
  return wanted(settings);
}

}  // namespace outrider::pipeline
