#include "agent/slo/metrics.hpp"

#include "agent/core/text.hpp"

namespace outrider::slo {
namespace {

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

constexpr std::array all_states{core::State::unknown, core::State::healthy, core::State::sick};
constexpr std::array all_urgencies{Urgency::none, Urgency::ticket, Urgency::page};

}  // namespace

ObjectiveMetrics::ObjectiveMetrics(prometheus::Registry& registry, const Objective& objective)
    : answers_family_(prometheus::BuildCounter()
                          .Name("outrider_slo_answers_total")
                          .Help("Answers that count for an objective.")
                          .Register(registry)),
      target_family_(
          gauges(registry, "outrider_slo_target_ratio", "Which part of the answers is to be good.")),
      left_family_(gauges(registry, "outrider_slo_budget_left_ratio",
                          "What is left of the error budget: 1 is all of it, below 0 it is overspent.")),
      seen_family_(
          gauges(registry, "outrider_slo_seen_ratio", "For which part of the period there are answers.")),
      rate_family_(gauges(registry, "outrider_slo_burn_rate",
                          "How many times as fast as it may the error budget goes, over a window.")),
      state_family_(gauges(registry, "outrider_slo_state",
                           "1 for the state that an objective is in: healthy, sick, unknown.")),
      urgency_family_(gauges(registry, "outrider_slo_urgency",
                             "1 for what the burning of an objective calls for: none, ticket, page.")) {
  const std::string& name = objective.name;
  good_ = &answers_family_.Add({{"objective", name}, {"result", "good"}});
  bad_ = &answers_family_.Add({{"objective", name}, {"result", "bad"}});
  target_ = &target_family_.Add({{"objective", name}});
  target_->Set(objective.target);
  left_ = &left_family_.Add({{"objective", name}});
  seen_ = &seen_family_.Add({{"objective", name}});
  std::size_t at = 0;
  for (const Row& row : table) {
    for (const core::Duration window : {row.window, row.and_within})
      rates_[at++] = &rate_family_.Add({{"objective", name}, {"window", core::show_duration(window)}});
  }
  for (std::size_t i = 0; i < all_states.size(); ++i)
    states_[i] = &state_family_.Add({{"objective", name}, {"state", std::string(name_of(all_states[i]))}});
  for (std::size_t i = 0; i < all_urgencies.size(); ++i) {
    const std::string urgency(name_of(all_urgencies[i]));
    urgencies_[i] = &urgency_family_.Add({{"objective", name}, {"urgency", urgency}});
  }
}

ObjectiveMetrics::~ObjectiveMetrics() {
  answers_family_.Remove(good_);
  answers_family_.Remove(bad_);
  target_family_.Remove(target_);
  left_family_.Remove(left_);
  seen_family_.Remove(seen_);
  for (auto* rate : rates_) rate_family_.Remove(rate);
  for (auto* state : states_) state_family_.Remove(state);
  for (auto* urgency : urgencies_) urgency_family_.Remove(urgency);
}

void ObjectiveMetrics::answered(Counts counts) {
  good_->Increment(static_cast<double>(counts.good));
  bad_->Increment(static_cast<double>(counts.bad));
}

void ObjectiveMetrics::show(const Burn& burn) {
  left_->Set(burn.budget_left);
  seen_->Set(burn.seen);
  for (std::size_t row = 0; row < table.size(); ++row) {
    rates_[2 * row]->Set(burn.rates[row]);
    rates_[2 * row + 1]->Set(burn.rates_now[row]);
  }
  for (std::size_t i = 0; i < all_states.size(); ++i) states_[i]->Set(burn.state == all_states[i] ? 1 : 0);
  for (std::size_t i = 0; i < all_urgencies.size(); ++i)
    urgencies_[i]->Set(burn.urgency == all_urgencies[i] ? 1 : 0);
}

}  // namespace outrider::slo
