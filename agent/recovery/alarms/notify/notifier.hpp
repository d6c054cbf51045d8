// Does an alarm reach people? The drill's own alert is followed: it fires in Prometheus, it arrives at
// Alertmanager, a notification goes out and none fails. Judging and reading are pure; asking is a thin actor.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/recovery/alarms/alarm.hpp"
#include "agent/recovery/alarms/notify/settings.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

// Tries to send, of one kind of integration ("webhook", "email"), counted since Alertmanager began.
struct Tries {
  double all = 0, failed = 0;
};
using TriesByKind = std::map<std::string, Tries>;

// What was seen of the drill's alert so far. The troubles: why one of the two could not be asked just now.
struct NotifierView {
  std::string drill;  // the alert's label
  std::string receiver;
  std::string prometheus_trouble, alertmanager_trouble;
  bool fires = false;
  bool arrived = false;
  bool suppressed = false;  // silenced, or inhibited
  std::vector<std::string> receivers;
  TriesByKind before, now;
  int seen_sent = 0;  // looks in a row at which something had gone out and nothing had failed
};

// Whether an alert of this drill is in what Prometheus answers to /api/v1/alerts, and fires.
core::Outcome<bool> read_fires(std::string_view json, const std::string& drill);
// The same of Alertmanager's /api/v2/alerts; fills `arrived`, `suppressed` and `receivers`.
core::Outcome<> read_arrived(std::string_view json, NotifierView& view);
// Of its /metrics; `unsupported` before Alertmanager 0.22, which counts no single tries.
core::Outcome<TriesByKind> read_tries(std::string_view metrics);

// Nothing while it is worth waiting on; `over`: it is not any more.
std::optional<AlarmFinding> judge_notifier(const NotifierView& view, bool over, core::Duration waited);

struct NotifierTools {
  core::Clock& clock;
  net::Client* client;  // null: there is no network here
  std::function<void(const std::string&)> tell;
};

class NotifierQuestion {
 public:
  NotifierQuestion(NotifierTools tools, AlarmSettings settings, std::string drill);

  // Before the alert begins: what is counted from.
  core::Task<void> begin();
  // Until it is known, or the wait is over. Throws when cancelled.
  core::Task<AlarmFinding> ask();

 private:
  core::Task<core::Outcome<std::string>> get(std::string url);
  core::Task<core::Outcome<TriesByKind>> count_tries();
  core::Task<void> look();

  NotifierTools tools_;
  AlarmSettings settings_;
  NotifierView view_;
  core::Instant began_{};
  std::string cannot_count_;  // why there is nothing to count from
};

}  // namespace outrider::recovery
