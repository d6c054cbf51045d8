// The program. All it does is hand the command line to cli/, with the functions that only app/ can offer.
#include "agent/app/start/actions.hpp"
#include "agent/cli/cli.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  try {
    const outrider::cli::Actions actions = outrider::app::make_actions(OUTRIDER_VERSION);
    outrider::cli::Terminal terminal = outrider::cli::standard_terminal();
    return outrider::cli::run(argc, argv, actions, terminal);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "outrider: this is a bug: %s\n", problem.what());
    return 70;
  }
}
