#include "agent/app/reload/plan.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::app {
namespace {

struct Rule {
  Part part;
  std::string_view name;
  std::array<std::string_view, 12> paths;  // what it is made from; the last may be empty
};

constexpr std::array<Rule, 12> rules{{
    {Part::log, "log", {"log", ""}},
    {Part::api_listener, "api", {"api", ""}},
    {Part::metrics_listener, "metrics.listen", {"metrics.listen", "metrics.tls"}},
    {Part::scrapes,
     "metrics",
     {"metrics.scrape", "metrics.host", "metrics.process", "metrics.cgroup", "metrics.postgres",
      "metrics.nginx", "metrics.redis", "metrics.pgbouncer", "metrics.haproxy", "metrics.statsd"}},
    {Part::samples,
     "metrics.remote_write and metrics.send_to",
     {"metrics.remote_write", "metrics.send_to", "metrics.spool"}},
    {Part::logs, "logs and traces, and metrics.read", {"logs", "traces", "metrics.read"}},
    {Part::calendar, "health.calendar", {"health.calendar", "health.maintenance", "health.time_zone"}},
    {Part::health, "health.probes", {"health.probes", "health.warm_up"}},
    {Part::restart, "health.restart", {"health.restart", ""}},
    {Part::slo, "slo", {"slo", ""}},
    {Part::recovery, "recovery", {"recovery", ""}},
    {Part::notify, "notify", {"notify", ""}},
}};

// Who we are and where our memory is cannot change under a running agent.
constexpr std::array<std::string_view, 3> fixed{"service", "state", "incidents"};

}  // namespace

std::string_view name_of(Part part) {
  for (const Rule& rule : rules) {
    if (rule.part == part) return rule.name;
  }
  return "?";
}

namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

ProbePlan plan_probes(const std::function<bool(std::string_view path)>& same,
                      const std::vector<std::string>& before, const std::vector<std::string>& after) {
  ProbePlan result;
  for (const std::string& name : before) {
    if (!holds(after, name)) result.remove.push_back(name);
  }
  for (const std::string& name : after) {
    const bool stays = holds(before, name);
    const bool unchanged = stays && same("health.probes." + name);
    (unchanged ? result.keep : stays ? result.change : result.add).push_back(name);
  }
  return result;
}

std::string words_of(const ProbePlan& probes) {
  std::vector<std::string> words;
  const auto say = [&words](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) words.push_back(fmt::format("{} {}", what, fmt::join(names, ", ")));
  };
  say("adds", probes.add);
  say("changes", probes.change);
  say("removes", probes.remove);
  say("keeps", probes.keep);
  return words.empty() ? "" : fmt::format(" ({})", fmt::join(words, "; "));
}

}  // namespace

Plan plan(const std::function<bool(std::string_view path)>& same,
          const std::vector<std::string>& probes_before, const std::vector<std::string>& probes_after) {
  Plan result;
  result.probes = plan_probes(same, probes_before, probes_after);
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
  std::vector<std::string> names;
  for (const Part part : change) {
    names.emplace_back(name_of(part));
    if (part == Part::health) names.back() += words_of(probes);
  }
  return fmt::format("changes {}; keeps {} parts", fmt::join(names, ", "), keep.size());
}

}  // namespace outrider::app
