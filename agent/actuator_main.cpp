// outrider-actuator: the privileged part, apart. All it does is in errand/.
#include "agent/errand/serve.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  try {
    return outrider::errand::run(argc, argv, OUTRIDER_VERSION);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "outrider-actuator: this is a bug: %s\n", problem.what());
    return 70;
  }
}
