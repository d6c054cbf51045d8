// ./dev sim --seed N --hours H: one life of the agent, or several with --lives. A broken promise prints the
// one command that repeats it.
#include "agent/core/text.hpp"
#include "tests/sim/story.hpp"

#include <chrono>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

namespace {

bool tell(std::uint64_t seed, unsigned hours) {
  const auto began = std::chrono::steady_clock::now();
  const outrider::sim::Account account = outrider::sim::live_through(seed, std::chrono::hours(hours));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "seed %llu: %u simulated hours in %.2f s, %llu starts of the service, %llu lines of a file, faults:",
      static_cast<unsigned long long>(seed), hours, took.count(),
      static_cast<unsigned long long>(account.starts), static_cast<unsigned long long>(account.lines));
  for (const auto& [name, count] : account.faults) std::printf(" %s %u", name.c_str(), count);
  std::printf("\n");
  for (const std::string& promise : account.broken) std::printf("  broken: %s\n", promise.c_str());
  if (!account.broken.empty()) {
    std::printf("  repeat with: ./dev sim --seed %llu --hours %u\n", static_cast<unsigned long long>(seed),
                hours);
  }
  return account.broken.empty();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App options{"The whole agent on a virtual clock, with faults, from one seed."};
  std::uint64_t seed = 1;
  unsigned hours = 24;
  unsigned lives = 1;
  options.add_option("--seed", seed, "where chance begins")->capture_default_str();
  options.add_option("--hours", hours, "how long, in simulated hours; the last one is without faults")
      ->capture_default_str()
      ->check(CLI::Range(2u, 10'000u));
  options.add_option("--lives", lives, "how many seeds, from --seed on")->capture_default_str();
  CLI11_PARSE(options, argc, argv);
  unsigned broken = 0;
  for (unsigned life = 0; life < lives; ++life) broken += tell(seed + life, hours) ? 0 : 1;
  std::printf("%u lives, %u with a broken promise\n", lives, broken);
  return broken == 0 ? 0 : 1;
}
