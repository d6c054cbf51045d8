// What `outrider explain` asks, and what it is told of each line.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace outrider::cli {

struct ExplainOptions {
  std::string config_path;
  std::size_t source = 1;  // which element of logs.read
};

// One line, what was done to it by whom, and what it became; `documents` is empty while it waits for the
// next line, and holds more than one when it was what others waited for.
struct ExplainedLine {
  struct Step {
    std::string by;
    std::string what;
  };
  std::string line;  // empty: nothing was read, these documents had waited for more
  std::vector<Step> steps;
  std::vector<std::string> documents;
};

using TellLine = std::function<void(const ExplainedLine&)>;

}  // namespace outrider::cli
