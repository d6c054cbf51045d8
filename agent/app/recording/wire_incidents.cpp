// The agent's part of it: who tells the incidents what happens, and who asks them.
#include "agent/app/agent.hpp"

namespace outrider::app {

//   supervise, health, timeline ─▶ incident: what happens to the service, and how it is
void Agent::wire_incidents() {
  incident::Desk::Look look;
  look.service = [this] { return supervisor_ ? supervisor_->status() : core::ServiceStatus(); };
  look.probes = [this] { return health_ ? health_->probes() : std::vector<core::ProbeStatus>(); };
  incidents_.start(world_, loaded_, timeline_, *registry_, std::move(look),
                   [this](std::exception_ptr problem) { part_ended(std::move(problem)); });
}

core::Task<core::Outcome<std::string>> Agent::incident(std::string id, bool whole) {
  return incidents_.read(std::move(id), whole);
}

// What it is for is the reason itself: incidents of the next minutes tell it.
core::Task<core::Outcome<std::string>> Agent::note_change(core::Operator who) {
  if (const auto known = incidents_.list(); !known) co_return known;
  core::Deed deed{"operator " + who.name, "note a change", settings().service.service, who.reason};
  const auto intent = co_await journal_->intend(std::move(deed));
  std::string sentence = who.name + " notes a change: " + who.reason;
  timeline_.record(core::EventKind::operator_command, settings().service.service, sentence);
  if (intent) (void)co_await journal_->conclude(*intent, true, "noted");
  co_return sentence;
}

}  // namespace outrider::app
