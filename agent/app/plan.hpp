// What a reload will do, worked out before anything is touched. Pure.
#pragma once

#include <string>
#include <vector>

namespace outrider::app {

// One part of the running agent that can be started and stopped by itself: "probe ready", "listener metrics".
struct Unit {
  std::string name;
  std::string fingerprint;  // of its part of the configuration: equal text, equal unit
};

struct Plan {
  std::vector<std::string> stop;   // gone, or changed
  std::vector<std::string> start;  // new, or changed
  std::vector<std::string> keep;

  bool empty() const { return stop.empty() && start.empty(); }
  // "starts probe database; changes probe ready; stops nothing; keeps 4"
  std::string sentence() const;
};

Plan plan(const std::vector<Unit>& running, const std::vector<Unit>& wanted);

}  // namespace outrider::app
