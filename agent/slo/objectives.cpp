#include "agent/slo/objectives.hpp"

#include <fmt/format.h>

namespace outrider::slo {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration between_looks = 5s;
constexpr int looks_between_saves = 12;
constexpr std::uint64_t largest_file_bytes = 1u << 20;

core::ObjectiveStatus status_of(const Objective& objective, const Burn& burn) {
  core::ObjectiveStatus status;
  status.name = objective.name;
  status.probe = objective.subject;
  status.target = objective.target;
  status.period = objective.period;
  status.state = burn.state;
  status.urgency = std::string(name_of(burn.urgency));
  status.budget_left = burn.budget_left;
  status.seen = burn.seen;
  status.fastest_burn = burn.rates[0];
  status.why = burn.why;
  return status;
}

}  // namespace

Objectives::Objectives(Tools tools, std::string service, std::string folder,
                       std::vector<Objective> objectives)
    : tools_(tools), service_(std::move(service)), folder_(std::move(folder)) {
  for (Objective& objective : objectives) {
    Tally tally(objective.period);
    all_.push_back(std::unique_ptr<One>(
        new One{objective, std::move(tally), ObjectiveMetrics(tools_.registry, objective)}));
  }
}

std::string Objectives::path_of(const One& one) const { return folder_ + "/slo-" + one.objective.name; }

core::Task<void> Objectives::open() {
  for (const auto& one : all_) co_await remember(*one);
}

core::Task<void> Objectives::run() {
  for (int looks = 1;; ++looks) {
    for (const auto& one : all_) look(*one);
    co_await tools_.clock.sleep(between_looks);
    if (looks % looks_between_saves == 0) co_await save();
  }
}

core::Task<void> Objectives::save() {
  for (const auto& one : all_) co_await save(*one);
}

void Objectives::hear(const std::string& probe, const core::Answer& answer) {
  if (under_maintenance_) return;
  for (const auto& one : all_) {
    if (one->objective.of_requests || one->objective.subject != probe) continue;
    const auto good = is_good(one->objective, answer);
    if (good) count(*one, Counts::of(*good));
  }
}

void Objectives::hear(const std::string& objective, Counts requests) {
  if (under_maintenance_ || requests.all() == 0) return;
  for (const auto& one : all_)
    if (one->objective.name == objective && one->objective.of_requests) count(*one, requests);
}

void Objectives::count(One& one, Counts counts) {
  one.tally.add(tools_.clock.wall(), counts);
  one.metrics.answered(counts);
  one.unsaved = true;
}

std::vector<core::ObjectiveStatus> Objectives::status() const {
  std::vector<core::ObjectiveStatus> all;
  for (const auto& one : all_) all.push_back(status_of(one->objective, one->burn));
  return all;
}

void Objectives::look(One& one) {
  Burn burn = burn_of(one.objective, one.tally, tools_.clock.wall());
  if (burn.urgency != one.burn.urgency) tools_.events.record(core::EventKind::health, service_, burn.why);
  one.burn = std::move(burn);
  one.metrics.show(one.burn);
}

core::Task<void> Objectives::remember(One& one) {
  const auto work = [files = &tools_.files, path = path_of(one)]() -> core::Outcome<std::string> {
    if (!files->exists(path)) return std::string();
    return files->read_all(path, largest_file_bytes);
  };
  const core::Outcome<std::string> text = co_await async::offload(tools_.pool, work);
  if (text && text->empty()) co_return;
  if (text && one.tally.read(*text)) co_return;
  tools_.log.error(
      "slo", "Cannot read what was counted before: the objective begins anew",
      {{"path", path_of(one)}, {"why", text ? "it is not what outrider writes" : text.error().what}});
}

core::Task<void> Objectives::save(One& one) {
  if (!one.unsaved) co_return;
  one.unsaved = false;
  const auto work = [files = &tools_.files, path = path_of(one), text = one.tally.written()] {
    return files->replace(path, text);
  };
  const core::Outcome<> saved = co_await async::offload(tools_.pool, work);
  if (!saved && !one.trouble)
    tools_.log.error("slo", "Cannot save what was counted",
                     {{"path", path_of(one)}, {"why", saved.error().what}});
  one.trouble = !saved;
  one.unsaved = one.unsaved || !saved;
}

}  // namespace outrider::slo
