// What the faces show of alerts: which there are, what is silenced, and how those who tell of them are doing;
// and what is done about them.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/severity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrider::core {

struct AlertStatus {
  std::string id;    // of this one, from its begin to its end
  std::string key;   // "ServiceDown/tests-api": what it is about; by this it is silenced and acknowledged
  std::string name;  // "ServiceDown"
  Severity severity = Severity::warning;
  std::string state;  // "pending", "firing", "acknowledged", "resolved"
  std::string subject;
  std::string sentence;
  std::string note;  // "acknowledged by alice: I look"; "silenced until …"; "cannot tell whether it is over"
  WallTime began{};
  std::vector<std::string> explains;  // other troubles that come from it
  std::string explained_by;           // the alert that tells of it, when that is another one
};

struct SilenceStatus {
  std::string id;
  std::string what;  // "ServiceDown/*"
  std::string who;
  std::string reason;
  WallTime until{};
};

struct NotifierStatus {
  std::string name;
  std::string target;  // without secrets
  std::uint64_t waiting = 0;
  std::uint64_t delivered = 0;
  std::string trouble;  // of the last attempt, or empty
  std::optional<WallTime> last_delivered;
};

struct AlertsStatus {  // who is told what
  std::vector<AlertStatus> alerts;
  std::vector<SilenceStatus> silences;
  std::vector<NotifierStatus> notifiers;
};

// What is done about alerts.
struct AlertOrder {
  enum class What { acknowledge, silence, unsilence, test };
  What what = What::acknowledge;
  std::string target;  // an alert's key, or a pattern with *; a silence's id; a notifier's name (empty: all)
  Duration length{};   // of a silence
};

}  // namespace outrider::core
