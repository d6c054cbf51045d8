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
using Optional = std::optional<FigureSettings>;

std::optional<std::string> judge_buckets(const std::vector<core::Duration>& buckets) {
  const bool ascends = std::ranges::adjacent_find(buckets, std::greater_equal<>()) == buckets.end();
  return ascends ? std::nullopt : std::optional<std::string>("must be ascending, without one twice");
}

}  // namespace

config::Kind<Optional> figures_kind() {
  const config::Kind<FigureSettings> settings =
      config::Object<FigureSettings>()
          .optional("buckets", &FigureSettings::buckets,
                    config::list_of(config::duration(1us, 24h), 1, 60).check(judge_buckets),
                    "how long operations take, in classes up to each of these")
          .optional("attributes", &FigureSettings::attributes,
                    config::list_of(config::text_matching(1, 100), 0, 10),
                    "of a span, or of what it ran in: each becomes a label, its dots underscores")
          .optional("most_series", &FigureSettings::most_series, config::whole(10, 1'000'000),
                    "operations beyond so many are counted together, as `other`");
  const std::function<Optional(bool)> usual = [](bool wanted) {
    return wanted ? Optional(FigureSettings()) : std::nullopt;
  };
  const std::function<Optional(FigureSettings)> chosen = [](FigureSettings written) {
    return Optional(std::move(written));
  };
  return config::either(config::yes_or_no().as<Optional>(usual), settings.as<Optional>(chosen));
}

}  // namespace outrider::pipeline
