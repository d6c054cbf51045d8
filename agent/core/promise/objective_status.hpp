// What is promised of the service, and how much of it is left.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/verdict.hpp"

#include <string>

namespace outrider::core {

struct ObjectiveStatus {         // what is promised of the service
  std::string name;              // "availability"
  std::string probe;             // whose answers count
  double target = 0;             // 0.999
  Duration period{};             // that the error budget is for
  State state = State::unknown;  // sick: it burns too fast, or is overspent
  std::string urgency;           // "none", "ticket", "page"
  double budget_left = 1;        // below 0: overspent
  double seen = 0;               // which part of the period there are answers of
  double fastest_burn = 0;       // of the last hour: 1 spends the budget in exactly the period
  std::string why;
};

}  // namespace outrider::core
