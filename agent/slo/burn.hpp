// How fast an objective's error budget goes, and what that calls for. Pure.
//
// A burn rate of 1 spends the budget in exactly the period. Two windows must agree: the long one says that it
// matters, the short one that it still goes on. What was not seen is nobody's fault, and no proof of
// anything: bad answers are held against as many as a whole window has, so that one of the first ten after a
// start is no fire; and where too little was seen to say that all is well, the state is unknown.
// Requests come as they like: their bad ones are held against those that came.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/verdict.hpp"
#include "agent/slo/tally.hpp"

#include <array>
#include <optional>
#include <string>

namespace outrider::slo {

struct Objective {
  std::string name;     // "availability"
  std::string subject;  // of which probe: "ready"; or of which requests
  bool of_requests = false;
  double target = 0.999;
  core::Duration period = std::chrono::days(30);
  core::Duration every = std::chrono::seconds(10);  // an answer so often; of requests nobody can say
  core::Duration faster_than{};                     // zero: how long an answer takes does not matter
};

enum class Urgency { none, ticket, page };

struct Row {  // of the table
  double rate;
  core::Duration window, and_within;
  Urgency urgency;
};

// The four rows that the field has agreed upon.
inline constexpr std::array<Row, 4> table{{
    {14.4, std::chrono::hours(1), std::chrono::minutes(5), Urgency::page},
    {6, std::chrono::hours(6), std::chrono::minutes(30), Urgency::page},
    {3, std::chrono::hours(24), std::chrono::hours(2), Urgency::ticket},
    {1, std::chrono::hours(72), std::chrono::hours(6), Urgency::ticket},
}};

// With fewer bad answers a window says nothing.
inline constexpr std::uint64_t least_bad = 2;
// Nor with fewer requests, of which there are as many as there are.
inline constexpr std::uint64_t least_requests = 20;

struct Burn {
  Counts period{};                    // of the whole period
  double budget_left = 1;             // 1: untouched; below 0: overspent
  double seen = 0;                    // which part of the period there are answers of
  std::array<double, 4> rates{};      // of each row's long window
  std::array<double, 4> rates_now{};  // of its short one
  Urgency urgency = Urgency::none;
  core::State state = core::State::unknown;  // sick: it burns, or is overspent
  std::string why;
};

Burn burn_of(const Objective& objective, const Tally& tally, core::WallTime now);

// Nothing: the answer says nothing about the objective.
std::optional<bool> is_good(const Objective& objective, const core::Answer& answer);

std::string_view name_of(Urgency urgency);

}  // namespace outrider::slo
