#include "tests/sim/told.hpp"

#include <set>

#include <fmt/format.h>

namespace outrider::sim {

std::vector<std::string> told_amiss(const std::vector<Told>& told, const core::AlertsStatus& now) {
  std::vector<std::string> amiss;
  std::set<std::string> ids, open, over;
  for (const Told& one : told) {
    if (!ids.insert(one.id).second) amiss.push_back("told twice: " + one.id);
    if (over.contains(one.alert)) amiss.push_back("told of what was over: " + one.id);
    // What was over before anybody could be reached is told once, as that.
    if (one.stage == "resolved") {
      open.erase(one.alert);
      over.insert(one.alert);
    } else {
      open.insert(one.alert);
    }
  }
  for (const std::string& alert : open) amiss.push_back("nobody was told of its end: " + alert);
  for (const core::AlertStatus& alert : now.alerts)
    amiss.push_back(fmt::format("an alert stands although all is well: {} ({})", alert.key, alert.sentence));
  for (const core::NotifierStatus& notifier : now.notifiers) {
    if (notifier.waiting > 0)
      amiss.push_back(
          fmt::format("{} messages for {} were never delivered", notifier.waiting, notifier.name));
  }
  return amiss;
}

}  // namespace outrider::sim
