#include "agent/slo/burn.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::slo {
namespace {

// With less of the first page's window nobody can say that it does not burn.
constexpr double enough_seen = 0.5;

double expected(const Objective& objective, core::Duration window) {
  if (objective.of_requests) return 0;
  return static_cast<double>(window / objective.every);
}

double rate_of(const Objective& objective, const Counts& counts, core::Duration window) {
  const double answers = std::max(static_cast<double>(counts.all()), expected(objective, window));
  if (answers <= 0 || counts.bad < least_bad) return 0;
  if (objective.of_requests && counts.all() < least_requests) return 0;
  return static_cast<double>(counts.bad) / answers / (1 - objective.target);
}

std::string in_words(const Objective& objective, const Burn& burn) {
  const std::string left =
      burn.budget_left >= 0 ? fmt::format("{:.0f} % of the error budget is left", burn.budget_left * 100)
                            : fmt::format("the error budget is overspent {:.1f} times", 1 - burn.budget_left);
  for (std::size_t at = 0; at < table.size(); ++at) {
    if (burn.rates[at] < table[at].rate || burn.rates_now[at] < table[at].rate) continue;
    return fmt::format(
        "{} burns its error budget {:.1f} times as fast as it may, over {} and still over {}; {}",
        objective.name, burn.rates[at], core::show_duration(table[at].window),
        core::show_duration(table[at].and_within), left);
  }
  return fmt::format("{} of {} %: {}", objective.name, objective.target * 100, left);
}

}  // namespace

std::string_view name_of(Urgency urgency) {
  switch (urgency) {
    case Urgency::none: return "none";
    case Urgency::ticket: return "ticket";
    case Urgency::page: return "page";
  }
  return "";
}

std::optional<bool> is_good(const Objective& objective, const core::Answer& answer) {
  if (answer.standing == core::Standing::unknown) return std::nullopt;
  if (answer.standing == core::Standing::not_ok) return false;
  return objective.faster_than == core::Duration::zero() || answer.took <= objective.faster_than;
}

Burn burn_of(const Objective& objective, const Tally& tally, core::WallTime now) {
  Burn burn;
  burn.period = tally.within(objective.period, now);
  const double whole =
      std::max(static_cast<double>(burn.period.all()), expected(objective, objective.period));
  const double allowed = whole * (1 - objective.target);
  burn.budget_left = allowed > 0 ? 1 - static_cast<double>(burn.period.bad) / allowed : 1;
  burn.seen = whole > 0 ? static_cast<double>(burn.period.all()) / whole : 0;
  for (std::size_t at = 0; at < table.size(); ++at) {
    const Row& row = table[at];
    burn.rates[at] = rate_of(objective, tally.within(row.window, now), row.window);
    burn.rates_now[at] = rate_of(objective, tally.within(row.and_within, now), row.and_within);
    const bool fires = burn.rates[at] >= row.rate && burn.rates_now[at] >= row.rate;
    if (fires) burn.urgency = std::max(burn.urgency, row.urgency);
  }
  const Counts latest = tally.within(table[0].window, now);
  const double wanted = objective.of_requests ? static_cast<double>(least_requests) / enough_seen
                                              : std::max(expected(objective, table[0].window), 1.0);
  const double seen_lately = static_cast<double>(latest.all()) / wanted;
  if (burn.urgency != Urgency::none || burn.budget_left < 0) {
    burn.state = core::State::sick;
  } else if (seen_lately >= enough_seen) {
    burn.state = core::State::healthy;
  }
  burn.why = in_words(objective, burn);
  if (burn.state == core::State::unknown && objective.of_requests)
    burn.why += fmt::format("; in the last {} only {} requests came", core::show_duration(table[0].window),
                            latest.all());
  if (burn.state == core::State::unknown && !objective.of_requests)
    burn.why += fmt::format("; of the last {} only {:.0f} % was seen", core::show_duration(table[0].window),
                            seen_lately * 100);
  return burn;
}

}  // namespace outrider::slo
