#include "agent/app/plan.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::app {
namespace {

const Unit* find(const std::vector<Unit>& units, const std::string& name) {
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == units.end() ? nullptr : &*found;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Plan plan(const std::vector<Unit>& running, const std::vector<Unit>& wanted) {
  Plan result;
  for (const Unit& unit : running) {
    const Unit* next = find(wanted, unit.name);
    if (next != nullptr && next->fingerprint == unit.fingerprint) {
      result.keep.push_back(unit.name);
    } else {
      result.stop.push_back(unit.name);
    }
  }
  for (const Unit& unit : wanted) {
    if (!has(result.keep, unit.name)) result.start.push_back(unit.name);
  }
  return result;
}

std::string Plan::sentence() const {
  if (empty()) return "nothing changed";
  std::vector<std::string> changed;
  std::vector<std::string> added;
  std::vector<std::string> removed;
  for (const auto& name : start) (has(stop, name) ? changed : added).push_back(name);
  for (const auto& name : stop) {
    if (!has(start, name)) removed.push_back(name);
  }
  std::vector<std::string> parts;
  if (!added.empty()) parts.push_back("starts " + fmt::format("{}", fmt::join(added, ", ")));
  if (!changed.empty()) parts.push_back("changes " + fmt::format("{}", fmt::join(changed, ", ")));
  if (!removed.empty()) parts.push_back("stops " + fmt::format("{}", fmt::join(removed, ", ")));
  parts.push_back(fmt::format("keeps {}", keep.size()));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace outrider::app
