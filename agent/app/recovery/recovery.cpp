// How recovery is joined to the rest, and how the gate is asked.
#include "agent/app/agent.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/answer/answer.hpp"
#include "agent/recovery/gate/gate.hpp"
#include "agent/seal/key_file.hpp"

#include <array>
#include <utility>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::app {

//   catalogs, database ─▶ recovery: its snapshot is what the faces, the gate and the metrics show
void Agent::wire_recovery(const Settings& settings) {
  recovery_.reset();
  recovery_metrics_.reset();
  if (!settings.recovery || world_.database == nullptr) return;
  const std::string& cluster = settings.service.service;
  recovery_metrics_ = std::make_unique<recovery::RecoveryMetrics>(*registry_, cluster);
  recovery::WatchTools tools{world_.clock,     world_.decide,           world_.pool,        world_.files,
                             world_.processes, *world_.database,        *journal_,          timeline_,
                             world_.log,       recovery_metrics_.get(), world_.make_ground, world_.lock,
                             world_.settled,   &world_.decide_client};
  recovery::WatchOptions options{settings.state + "/recovery", settings.service.instance, cluster};
  recovery_ = std::make_unique<recovery::Watch>(std::move(tools), *settings.recovery, std::move(options));
  recovery_slot_.start(recovery_->run());
}

core::Outcome<std::string> Agent::recovery() {
  if (!recovery_) return no_recovery();
  return boost::json::serialize(recovery::to_json(recovery_->snapshot()));
}

core::Task<core::Outcome<core::GateAnswer>> Agent::gate(core::GateQuestion question) {
  if (!recovery_) co_return no_recovery();
  auto asked = recovery::read_gate_question(question);
  if (!asked) co_return core::fail(asked.error());
  asked->snapshot = &recovery_->snapshot();
  asked->now = world_.clock.wall();
  const recovery::GateResult result = recovery::pass_gate(*asked);
  // Before the first wait: what is looked at may be another one after it.
  const recovery::Issuer issuer{settings().service.service, settings().service.instance,
                                settings().recovery->gate.valid_for};
  const boost::json::object claims = recovery::claims_of(result, *asked, question, issuer);
  if (result.overridden) {
    core::Deed deed{"operator " + result.waiver.name, "override the gate", question.check,
                    fmt::format("{}; it said: {}", result.waiver.reason, result.sentence)};
    const auto intent = co_await journal_->intend(std::move(deed));
    if (!intent) co_return core::fail("cannot override without an audit journal", intent.error());
    (void)co_await journal_->conclude(*intent, true, "allowed");
  }
  const auto key = co_await signing_key();
  core::GateAnswer answer{
      result.code, result.nagios(), result.text(), boost::json::serialize(result.json()), {}, {}};
  if (key)
    answer.token = recovery::sign_answer(*key, claims);
  else
    answer.unsigned_because = key.error().what;
  co_return answer;
}

core::Outcome<std::string> Agent::begin_alarm_drill(core::Operator who, core::AlarmQuestion question) {
  if (!recovery_) return no_recovery();
  const auto catalog = recovery_->catalog_named(question.catalog);
  if (!catalog) return core::fail(catalog.error());
  recovery::AlarmOrder order{{}, *catalog, question.restore, question.notifier};
  return recovery_->begin_alarm_drill(std::move(order), "operator " + who.name, std::move(who.reason));
}

core::Outcome<std::string> Agent::alarm_drill() {
  if (!recovery_) return no_recovery();
  boost::json::object told = recovery_->alarm_drill();
  told["schema"] = 1;
  return boost::json::serialize(told);
}

// Made by the agent, so that it is the agent's: an operator who came first would make it his own.
core::Task<void> Agent::prepare_key() {
  const auto key = co_await signing_key();
  if (key) co_return;
  const std::array<core::Field, 2> fields{core::Field{"why", key.error().what},
                                          core::Field{"hint", key.error().hint}};
  world_.log.write(core::Level::warn, "app", "The gate's answers will not be signed", fields);
}

core::Task<core::Outcome<seal::SigningKey>> Agent::signing_key() {
  if (key_) co_return *key_;
  auto job = [this] { return seal::open_key(world_.files, settings().state); };
  auto opened = co_await async::offload(world_.pool, job);
  if (opened) key_ = *opened;
  co_return opened;
}

}  // namespace outrider::app
