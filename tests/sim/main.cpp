// ./dev sim --seed N --hours H: one life of the agent, or several with --lives; with --fleet N one of so many
// services. A broken promise prints the one command that repeats it.
#include "agent/core/text.hpp"
#include "tests/sim/fleet/fleet.hpp"
#include "tests/sim/story.hpp"

#include <chrono>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

namespace {

using Seconds = std::chrono::duration<double>;
using Steady = std::chrono::steady_clock;

bool show_broken(const std::vector<std::string>& broken, const std::string& repeat) {
  for (const std::string& promise : broken) std::printf("  broken: %s\n", promise.c_str());
  if (!broken.empty()) std::printf("  repeat with: %s\n", repeat.c_str());
  return broken.empty();
}

void show_faults(const std::map<std::string, unsigned>& faults) {
  for (const auto& [name, count] : faults) std::printf(" %s %u,", name.c_str(), count);
  std::printf("\n");
}

bool tell(std::uint64_t seed, unsigned hours) {
  const auto began = Steady::now();
  const outrider::sim::Account account = outrider::sim::live_through(seed, std::chrono::hours(hours));
  const Seconds took = Steady::now() - began;
  std::printf(
      "seed %llu: %u simulated hours in %.2f s, %llu starts of the service, %llu lines of a file, people "
      "told %llu times, faults:",
      static_cast<unsigned long long>(seed), hours, took.count(),
      static_cast<unsigned long long>(account.starts), static_cast<unsigned long long>(account.lines),
      static_cast<unsigned long long>(account.told));
  show_faults(account.faults);
  return show_broken(account.broken,
                     "./dev sim --seed " + std::to_string(seed) + " --hours " + std::to_string(hours));
}

bool tell_of_fleet(std::uint64_t seed, unsigned services, unsigned minutes) {
  const auto began = Steady::now();
  const auto account = outrider::sim::live_as_a_fleet(seed, services, std::chrono::minutes(minutes));
  const Seconds took = Steady::now() - began;
  std::printf(
      "seed %llu: %u services for %u simulated minutes in %.2f s, %llu restarts for sickness, %llu after a "
      "death, %llu handed over, %llu of %llu root causes explained, faults:",
      static_cast<unsigned long long>(seed), services, minutes, took.count(),
      static_cast<unsigned long long>(account.restarts), static_cast<unsigned long long>(account.deaths),
      static_cast<unsigned long long>(account.handed_over),
      static_cast<unsigned long long>(account.explained),
      static_cast<unsigned long long>(account.roots_checked));
  show_faults(account.faults);
  return show_broken(account.broken, "./dev sim --fleet " + std::to_string(services) + " --seed " +
                                         std::to_string(seed) + " --minutes " + std::to_string(minutes));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App options{"The whole agent, or a fleet of them, on a virtual clock, with faults, from one seed."};
  std::uint64_t seed = 1;
  unsigned hours = 24;
  unsigned minutes = 20;
  unsigned fleet = 0;
  unsigned lives = 1;
  options.add_option("--seed", seed, "where chance begins")->capture_default_str();
  options.add_option("--hours", hours, "how long, in simulated hours; the last one is without faults")
      ->capture_default_str()
      ->check(CLI::Range(2u, 10'000u));
  options.add_option("--fleet", fleet, "so many services that need each other, instead of one")
      ->check(CLI::Range(1u, 2'000u));
  options.add_option("--minutes", minutes, "how long a fleet's faults last, in simulated minutes")
      ->capture_default_str()
      ->check(CLI::Range(1u, 10'000u));
  options.add_option("--lives", lives, "how many seeds, from --seed on")->capture_default_str();
  CLI11_PARSE(options, argc, argv);
  unsigned broken = 0;
  for (unsigned life = 0; life < lives; ++life) {
    const bool held = fleet > 0 ? tell_of_fleet(seed + life, fleet, minutes) : tell(seed + life, hours);
    broken += held ? 0 : 1;
  }
  std::printf("%u lives, %u with a broken promise\n", lives, broken);
  return broken == 0 ? 0 : 1;
}
