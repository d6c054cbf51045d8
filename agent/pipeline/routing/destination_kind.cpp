#include "agent/pipeline/routing/destination_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <string>
#include <utility>

namespace outrider::pipeline {
namespace {

struct Destination {
  sinks::Plan plan;
  std::string name;
};

}  // namespace

config::Kind<sinks::Plan> destination_kind() {
  sinks::Shelf sinks;
  sinks::fill(sinks);
  const config::Kind<Destination> destination =
      config::Object<Destination>()
          .one_of(&Destination::plan, config::alternatives(sinks.entries()), "where the lines go")
          .optional("name", &Destination::name, config::text_matching(1, 64),
                    "by which `route` in `steps` sends records to it; keep it when the rest changes");
  const std::function<sinks::Plan(Destination)> plan_of = [](Destination chosen) {
    chosen.plan.name = std::move(chosen.name);
    return std::move(chosen.plan);
  };
  return destination.as<sinks::Plan>(plan_of);
}

}  // namespace outrider::pipeline
