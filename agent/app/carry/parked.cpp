// What operators ask for what is parked, audited before and after.
#include "agent/app/agent.hpp"
#include "agent/async/across.hpp"

#include <utility>

namespace outrider::app {
namespace {

std::string target_of(const core::ParkedQuestion& question) {
  const std::string which = question.id.empty() ? "all that is parked" : "parked record " + question.id;
  return question.sink.empty() ? which : which + " of " + question.sink;
}

}  // namespace

core::Task<core::Outcome<std::string>> Agent::parked(core::Operator who, core::ParkedQuestion question) {
  core::Deed deed{"operator " + who.name, question.drop ? "drop" : "replay", target_of(question), who.reason};
  const auto intent = co_await journal_->intend(std::move(deed));
  if (!intent) co_return core::fail("the audit journal", intent.error());
  auto work = upper_->parked(std::move(question));
  core::Outcome<std::string> outcome = co_await async::across(world_.carry, std::move(work));
  const std::string result = outcome ? *outcome : outcome.error().what;
  (void)co_await journal_->conclude(*intent, outcome.has_value(), result);
  timeline_.record(core::EventKind::operator_command, "parked records", result);
  co_return outcome;
}

}  // namespace outrider::app
