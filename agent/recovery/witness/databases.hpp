// What witnesses share: which databases there are, how long it took, and what an error means.
#pragma once

#include "agent/recovery/witness/witness.hpp"

#include <string>
#include <vector>

namespace outrider::recovery {

// Every database that takes connections.
core::Task<core::Outcome<std::vector<std::string>>> databases(WitnessTools tools);

// A read that hits a broken page, or a file that is not there, is an answer, and a clear one.
core::Standing standing_of(const core::Error& error);

class Stopwatch {
 public:
  Stopwatch(core::Clock& clock, std::string name)
      : clock_(clock), began_(clock.now()), name_(std::move(name)) {}
  Witness says(core::Standing standing, std::string detail) const {
    return {name_, standing, std::move(detail), clock_.now() - began_};
  }

 private:
  core::Clock& clock_;
  core::Instant began_;
  std::string name_;
};

}  // namespace outrider::recovery
