// The API's desk: one function a route. Shown at once in showing.cpp, or done by the agent in doing.cpp;
// handler.cpp has the list, and lets in.
#pragma once

#include "agent/api/alert/alerts.hpp"
#include "agent/api/answers.hpp"
#include "agent/api/handler.hpp"
#include "agent/api/incident/incidents.hpp"
#include "agent/api/rights/sieve.hpp"
#include "agent/api/standing.hpp"
#include "agent/api/tap/tap.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::api {

using core::Task;
using net::Response;

// A call, and whose it is.
struct Asked : net::Call {
  Caller caller;
};

class Desk {
 public:
  Desk(core::Commands& commands, prometheus::Registry& registry, const core::Clock& clock, Options options);

  Task<Response> answer(const net::Call& call);

 private:
  struct Route {
    std::string_view path;
    std::string_view help;
    Response (Desk::*show)(const Asked&) const;           // answers at once; or
    Task<Response> (Desk::*ask)(const Asked&) = nullptr;  // has to wait for the agent
    bool writes = false;
    Right needs = Right::look;  // of a route that writes: to act, when nothing else is said

    Right right() const { return writes && needs == Right::look ? Right::act : needs; }
  };
  static std::span<const Route> routes();

  Response page(const Asked& call) const;
  Response badge(const Asked& call) const;
  Response alive(const Asked&) const { return alive_answer(commands_.status()); }
  Response ready(const Asked&) const { return ready_answer(commands_.status()); }
  Response index(const Asked& call) const;
  Response status(const Asked& call) const;
  Response verdict(const Asked& call) const;
  Response incidents(const Asked& call) const;
  Task<Response> incident(const Asked& call) { return show_incident(commands_, call, may_see_words(call)); }
  Task<Response> incident_page(const Asked& call) {
    return show_incident_page(commands_, call, options_.pages, may_see_words(call));
  }
  Task<Response> note_change(const Asked& call);
  Response recovery(const Asked& call) const;
  Task<Response> check(const Asked& call);
  Task<Response> timeline(const Asked& call);
  Task<Response> restart(const Asked& call);
  Task<Response> reload(const Asked& call);
  Task<Response> start_maintenance(const Asked& call) { return ask_maintenance(call, true); }
  Task<Response> end_maintenance(const Asked& call) { return ask_maintenance(call, false); }
  Task<Response> ask_maintenance(const Asked& call, bool begin);
  Response alarms(const Asked& call) const;
  Task<Response> drill_alarms(const Asked& call);
  Task<Response> replay_parked(const Asked& call);
  Task<Response> drop_parked(const Asked& call);
  Task<Response> ask_parked(const Asked& call, bool replay);
  Response alerts(const Asked&) const { return show_alerts(commands_); }
  template <core::AlertOrder::What what>
  Task<Response> order(const Asked& call) {
    return order_alert(call, what);
  }
  Task<Response> order_alert(const Asked& call, core::AlertOrder::What what);
  Task<Response> tap(const Asked&) { return tap_points(commands_); }
  Task<Response> tap_open(const Asked& call) { return open_tap(commands_, call.caller.name, call); }
  Task<Response> tap_next(const Asked& call) { return next_of_tap(commands_, call); }
  Task<Response> tap_end(const Asked& call) { return end_tap(commands_, call); }

  Response who_am_i(const Asked& call) const;

  // What a service writes is for those only who may see its logs go by.
  bool may_see_words(const Asked& call) const {
    return !forbidden(options_.rights, call.caller, Right::watch, {});
  }
  Task<Response> serve(const net::Call& call);
  Task<Response> refuse(Refusal refusal, std::string what);
  core::Outcome<core::Operator> admit(const Asked& call, bool may_skip_budget,
                                      bool& even_without_budget) const;
  void count(const net::Call& call, int status);

  core::Commands& commands_;
  const core::Clock& clock_;
  Options options_;
  Sieve sieve_;  // of refusals that are audited
  prometheus::Counter* refused_ = nullptr;
  int waiting_ = 0;
  std::array<std::array<prometheus::Counter*, 4>, 2> requests_{};  // [socket][2xx..5xx]
};

// What is unsupported before the agent was even asked is the kind of body.
Response not_admitted(const core::Error& error);

}  // namespace outrider::api
