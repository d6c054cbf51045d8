#include "agent/supervise/supervisor.hpp"

#include "agent/supervise/actor.hpp"

namespace outrider::supervise {

Supervisor::Supervisor(Options options, std::unique_ptr<actuators::Actuator> actuator, Tools tools,
                       Hooks hooks)
    : actor_(std::make_shared<Actor>(std::move(options), std::move(actuator), tools, std::move(hooks))) {}

Supervisor::~Supervisor() = default;

core::Task<std::optional<int>> Supervisor::run() { return actor_->run(); }

void Supervisor::hear(const core::ServiceVerdict& verdict) { actor_->hear(verdict); }

void Supervisor::heed(const core::Season& season) { actor_->heed(season); }

core::Task<core::Outcome<std::string>> Supervisor::restart(core::Operator who, bool even_without_budget) {
  return actor_->restart(std::move(who), even_without_budget);
}

void Supervisor::reconfigure(Options options, std::unique_ptr<actuators::Actuator> actuator) {
  actor_->reconfigure(std::move(options), std::move(actuator));
}

void Supervisor::forward_signal(int number) { actor_->forward_signal(number); }

core::Outcome<> Supervisor::leave_running() { return actor_->leave_running(); }

core::ServiceStatus Supervisor::status() const { return actor_->status(); }

}  // namespace outrider::supervise
