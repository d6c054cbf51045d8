#include "agent/pipeline/routing/destination_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <string>
#include <utility>

namespace outrider::pipeline {
namespace {

struct NamedPlan {
  sinks::Plan plan;
  std::string name;
};

}  // namespace

config::Kind<sinks::Plan> destination_kind() {
  sinks::Shelf sinks;
  sinks::fill(sinks);
  const config::Kind<NamedPlan> destination =
      config::Object<NamedPlan>()
          .one_of(&NamedPlan::plan, config::alternatives(sinks.entries()), "where the lines go")
          .optional("name", &NamedPlan::name, config::text_matching(1, 64),
                    "by which `route` in `steps` sends records to it; keep it when the rest changes");
  const std::function<sinks::Plan(NamedPlan)> plan_of = [](NamedPlan chosen) {
    chosen.plan.name = std::move(chosen.name);
    return std::move(chosen.plan);
  };
  return destination.as<sinks::Plan>(plan_of);
}

}  // namespace outrider::pipeline
