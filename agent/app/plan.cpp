#include "agent/app/plan.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::app {
namespace {

struct Rule {
  Part part;
  std::string_view name;
  std::array<std::string_view, 2> paths;  // what it is made from; the second may be empty
};

constexpr std::array<Rule, 7> rules{{
    {Part::log, "log", {"log", ""}},
    {Part::metrics_listener, "metrics.listen", {"metrics.listen", "metrics.tls"}},
    {Part::api_listener, "api", {"api", ""}},
    {Part::scrapes, "metrics.scrape", {"metrics.scrape", ""}},
    {Part::logs, "logs", {"logs", ""}},
    {Part::health, "health.probes", {"health.probes", "health.warm_up"}},
    {Part::restart, "health.restart", {"health.restart", ""}},
}};

// Who we are and where our memory is cannot change under a running agent.
constexpr std::array<std::string_view, 2> fixed{"service", "state"};

}  // namespace

std::string_view name_of(Part part) {
  for (const Rule& rule : rules) {
    if (rule.part == part) return rule.name;
  }
  return "?";
}

Plan plan(const std::function<bool(std::string_view path)>& same) {
  Plan result;
  for (const std::string_view path : fixed) {
    if (!same(path)) result.impossible.emplace_back(path);
  }
  for (const Rule& rule : rules) {
    bool unchanged = true;
    for (const std::string_view path : rule.paths) unchanged = unchanged && (path.empty() || same(path));
    (unchanged ? result.keep : result.change).push_back(rule.part);
  }
  return result;
}

std::string Plan::sentence() const {
  if (!impossible.empty()) {
    return fmt::format("`{}` cannot change while outrider runs", fmt::join(impossible, "` and `"));
  }
  if (change.empty()) return "nothing changed";
  std::vector<std::string_view> names;
  for (const Part part : change) names.push_back(name_of(part));
  return fmt::format("changes {}; keeps {} parts", fmt::join(names, ", "), keep.size());
}

}  // namespace outrider::app
