// The names of things, and the table as a picture.
#include "agent/supervise/decide.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::supervise {

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::idle: return "idle";
    case Phase::starting: return "starting";
    case Phase::running: return "running";
    case Phase::stopping: return "stopping";
    case Phase::killing: return "killing";
    case Phase::waiting: return "waiting";
    case Phase::given_up: return "given up";
    case Phase::ended: return "ended";
  }
  return "idle";
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::none: return "none";
    case Action::start: return "start";
    case Action::stop: return "stop";
    case Action::kill: return "kill";
    case Action::recreate: return "recreate";
    case Action::lease: return "lease";
    case Action::wait: return "wait";
    case Action::refuse: return "refuse";
    case Action::end: return "end";
  }
  return "none";
}

std::string_view name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::budget: return "budget";
    case Refusal::crash_loop: return "crash_loop";
    case Refusal::dependency: return "dependency";
    case Refusal::audit: return "audit";
    case Refusal::dry_run: return "dry_run";
    case Refusal::saturation: return "saturation";
    case Refusal::maintenance: return "maintenance";
    case Refusal::frozen: return "frozen";
    case Refusal::handed_over: return "handed_over";
    case Refusal::lease: return "lease";
    case Refusal::lease_unknown: return "lease_unknown";
    case Refusal::fleet_budget: return "fleet_budget";
  }
  return "budget";
}

std::string_view name_of(Rung rung) {
  switch (rung) {
    case Rung::restart: return "restart";
    case Rung::recreate: return "recreate";
    case Rung::human: return "human";
  }
  return "restart";
}

namespace {

std::string identifier(Phase phase) {
  std::string name(name_of(phase));
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

}  // namespace

std::string mermaid() {
  std::string text = "stateDiagram-v2\n    [*] --> idle\n";
  for (std::size_t from = 0; from < phase_count; ++from) {
    const auto phase = static_cast<Phase>(from);
    for (const Row& row : table()) {
      const bool nothing_to_draw = !row.to && row.action == Action::none;
      if (!row.covers(phase) || nothing_to_draw) continue;
      text += fmt::format("    {} --> {}: {}", identifier(phase), identifier(row.to.value_or(phase)),
                          row.when.name);
      if (row.action != Action::none) text += fmt::format(" / {}", name_of(row.action));
      text += '\n';
    }
  }
  return text + "    ended --> [*]\n";
}

}  // namespace outrider::supervise
