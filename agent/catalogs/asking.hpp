// Asking a backup tool: its output when it exits with 0, else an Error that says what it was about.
#pragma once

#include "agent/catalogs/shelf.hpp"

#include <cstdint>
#include <string>

namespace outrider::catalogs {

// Several questions within one limit.
class TimeLeft {
 public:
  TimeLeft(const core::Clock& clock, core::Duration limit) : clock_(clock), end_(clock.now() + limit) {}
  core::Duration left() const { return std::max(core::Duration(0), end_ - clock_.now()); }

 private:
  const core::Clock& clock_;
  core::Instant end_;
};

struct Question {
  std::string doing;  // "cannot list the backups"
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::uint64_t most_output_bytes = 0;
  std::string hint;     // when it says no
  int absent_code = 0;  // the exit that means `not_found`; 0: none does
};

core::Task<core::Outcome<std::string>> ask(const Tools& tools, Question question, core::Duration limit);

}  // namespace outrider::catalogs
