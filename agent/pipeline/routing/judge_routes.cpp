#include "agent/pipeline/routing/judge_routes.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

std::vector<std::string> destinations_of(const transforms::StepMaker& make) {
  std::vector<std::string> names;
  if (!make) return names;
  ::prometheus::Registry registry;
  const core::Resource resource;
  make({resource, registry})->name_destinations(names);
  return names;
}

}  // namespace

std::optional<config::Complaint> judge_routes(const LogSettings& logs) {
  std::vector<std::string_view> names;
  for (const sinks::Plan& plan : logs.send_to) {
    if (plan.name.empty()) continue;
    if (std::ranges::find(names, plan.name) != names.end())
      return config::Complaint{"send_to", "two elements of `send_to` have the name " + plan.name};
    names.push_back(plan.name);
  }
  for (const std::string& wanted : destinations_of(logs.steps)) {
    if (std::ranges::find(names, wanted) != names.end()) continue;
    std::string message =
        "`route` sends records to \"" + wanted + "\", and no element of `send_to` has that name";
    const std::string_view meant = core::nearest(wanted, names.data(), names.data() + names.size());
    if (!meant.empty()) message += "; did you mean " + std::string(meant) + "?";
    return config::Complaint{"steps", message};
  }
  return std::nullopt;
}

}  // namespace outrider::pipeline
