#include "agent/config/kinds.hpp"
#include "agent/sources/child_output/child_output.hpp"
#include "agent/sources/shelf.hpp"

namespace outrider::sources::child_output {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  const auto which =
      config::choice<Which>({{"all", Which::all}, {"output", Which::output}, {"errors", Which::errors}});
  const std::function<LogPlan(Which)> to_plan = [](Which chosen) -> LogPlan {
    return {streams_of(chosen), [chosen](const Tools& tools) { return make(tools, chosen); }, {}, true};
  };
  shelf.put(LogEntry{"child", "what the supervised child writes: all, output (stdout) or errors (stderr)",
                     which.as<LogPlan>(to_plan)});
}

}  // namespace outrider::sources::child_output
