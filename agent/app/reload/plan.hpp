// What a reload will do, worked out before anything is touched. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::app {

// The parts of a running agent that can be replaced one by one, in the order in which they are.
// What can fail comes first: nothing else has to be put back then.
enum class Part {
  log,
  api_listener,
  metrics_listener,
  scrapes,
  samples,
  logs,
  calendar,
  health,
  restart,
  slo,
  recovery,
  notify
};

std::string_view name_of(Part part);

// What becomes of each probe, by name. It reads the same in both directions, but for add and remove.
struct ProbePlan {
  std::vector<std::string> add, change, remove, keep;
};

struct Plan {
  std::vector<Part> change;
  std::vector<Part> keep;
  ProbePlan probes;                     // of Part::health
  std::vector<std::string> impossible;  // keys that changed and can only be read by a new agent

  bool empty() const { return change.empty() && impossible.empty(); }
  // "changes health.probes (adds port; keeps ready); keeps 6 parts"
  std::string sentence() const;
};

// `same` says whether nothing differs under a path of the configuration.
Plan plan(const std::function<bool(std::string_view path)>& same,
          const std::vector<std::string>& probes_before, const std::vector<std::string>& probes_after);

}  // namespace outrider::app
