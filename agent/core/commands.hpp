// What an operator may ask of the running agent. The API calls it, app answers it; every call is audited.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/status.hpp"
#include "agent/core/taps.hpp"
#include "agent/core/task.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::core {

struct Operator {
  std::string name;    // "alice", "uid 1000", a certificate's subject
  std::string reason;  // why; never empty
};

// May this go on? Asked by pipelines and monitors.
struct GateQuestion {
  std::string check;       // "rpo", "all", …
  std::string require;     // "level>=L3 age<24h"; may be empty
  std::string expect_wal;  // "40GB": what a migration will write; may be empty
  std::string override_by, override_reason, override_until;  // all three, or none
  std::string nonce, audience;  // go into the signed answer: for one use, for one reader; may be empty
};

// Its parts as they are called in a query.
inline constexpr std::array<std::pair<std::string_view, std::string GateQuestion::*>, 8> gate_question_keys{
    {{"check", &GateQuestion::check},
     {"require", &GateQuestion::require},
     {"expect_wal", &GateQuestion::expect_wal},
     {"override_by", &GateQuestion::override_by},
     {"override_reason", &GateQuestion::override_reason},
     {"override_until", &GateQuestion::override_until},
     {"nonce", &GateQuestion::nonce},
     {"audience", &GateQuestion::audience}}};

struct GateAnswer {
  int code = 3;        // 0 ok, 1 warning, 2 critical, 3 unknown
  std::string nagios;  // one line and its perfdata
  std::string text;
  std::string json;
  std::string token;             // the answer as a signed statement for a few minutes; empty: there is none
  std::string unsigned_because;  // then
};

// Which alarms are drilled.
struct AlarmQuestion {
  std::string catalog;   // words of its target; empty: the first
  bool restore = true;   // also those that need a real restore
  bool notifier = true;  // also whether a notification goes out
};

// Which of the records that sinks have refused for good; empty: any.
struct ParkedQuestion {
  std::string sink;
  std::string id;
  bool drop = false;  // it; else it is offered to its sink again
};

// An operator takes the service into his own hands for a while, or gives it back.
struct MaintenanceQuestion {
  bool begin = false;
  Duration length{};  // of what is begun
};

// Somebody asked for what they may not.
struct Refused {
  std::string who;
  std::string what;  // "/api/v1/restart"
  std::string why;
};

class Commands {
 public:
  Commands() = default;
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;
  virtual ~Commands() = default;

  virtual Status status() = 0;

  // The events numbered above `after`, oldest first. When there are none yet it waits for the next one, but
  // no longer than `limit`; empty means that none came. Throws when cancelled.
  virtual Task<std::vector<Event>> events_after(std::uint64_t after, Duration limit) = 0;

  // Each returns a sentence that says what was done, or the Error that says why not.
  virtual Task<Outcome<std::string>> restart(Operator who, bool even_without_budget) = 0;
  virtual Task<Outcome<std::string>> reload(Operator who) = 0;

  // While it lasts nothing is done by itself.
  virtual Task<Outcome<std::string>> maintenance(Operator, MaintenanceQuestion) {
    co_return fail(Errc::unsupported, "nothing is supervised");
  }

  // Somebody was not let in: into the audit journal.
  virtual Task<void> refused(Refused) { co_return; }

  // Offers what is parked to its sinks again, or drops it.
  virtual Task<Outcome<std::string>> parked(Operator, ParkedQuestion) { co_return nothing_parked(); }

  // Acknowledges, silences, or sends a test message and says what came of it: an Error when any did not
  // arrive.
  virtual Task<Outcome<std::string>> alert(Operator, AlertOrder) {
    co_return fail(Errc::unsupported, "nobody is told of anything",
                   "give the configuration a section `notify`");
  }

  // Looking at the logs as they go by. Null where there are none.
  virtual Taps* taps() { return nullptr; }

  // What went wrong with the service, newest first; and one of them, whole. As JSON.
  virtual Outcome<std::string> incidents() { return no_incidents(); }
  // `whole`: also what the service wrote, which is not for everybody.
  virtual Task<Outcome<std::string>> incident(std::string, bool /*whole*/) { co_return no_incidents(); }
  // Something was changed, a deployment: incidents of the next minutes tell. What is the operator's reason.
  virtual Task<Outcome<std::string>> note_change(Operator) { co_return no_incidents(); }

  // All that is known of recovery, as JSON. `unsupported` where no database is watched.
  virtual Outcome<std::string> recovery() { return no_recovery(); }
  // `invalid` when the question cannot be understood. An override that counts is audited.
  virtual Task<Outcome<GateAnswer>> gate(GateQuestion) { co_return no_recovery(); }
  // Begins an alarm drill; gives its id. `busy` while another one is under way.
  virtual Outcome<std::string> begin_alarm_drill(Operator, AlarmQuestion) { return no_recovery(); }
  // How far it is, and what the last one found, as JSON.
  virtual Outcome<std::string> alarm_drill() { return no_recovery(); }

  static tl::unexpected<Error> no_incidents() {
    return fail(Errc::unsupported, "no service is supervised, so nothing is recorded of one",
                "give the configuration a section `health.restart`, and restart outrider");
  }

 protected:
  static tl::unexpected<Error> nothing_parked() {
    return fail(Errc::unsupported, "no logs are carried", "give the configuration a section `logs`");
  }
  static tl::unexpected<Error> no_recovery() {
    return fail(Errc::unsupported, "no database is watched", "give the configuration a section `recovery`");
  }
};

}  // namespace outrider::core
