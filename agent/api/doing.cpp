// What the agent is asked to do.
#include "agent/api/desk.hpp"
#include "agent/api/guard.hpp"
#include "agent/api/json.hpp"
#include "agent/api/query.hpp"
#include "agent/core/text.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::api {

using core::Errc;

// What is unsupported before the agent was even asked is the kind of body.
Response not_admitted(const core::Error& error) {
  return error_answer(error.code == Errc::unsupported ? 415 : http_status(error.code), error);
}

core::Outcome<core::Operator> Desk::admit(const Asked& call, bool may_skip_budget,
                                          bool& even_without_budget) const {
  auto request = read_write_request(call.body, may_skip_budget);
  if (!request) return core::fail(request.error());
  even_without_budget = request->even_without_budget;
  return core::Operator{call.caller.name, std::move(request->reason)};
}

Response told(const core::Outcome<std::string>& done) {
  if (!done) return error_answer(done.error());
  return json_answer(200, {{"schema", schema_version}, {"done", core::clean_utf8(*done)}});
}

Response too_large() {
  const core::Error error(Errc::invalid, "cannot read the request: it is too large",
                          fmt::format("at most {}", core::show_bytes(longest_body_bytes)));
  return error_answer(413, error);
}

Task<Response> Desk::restart(const Asked& call) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, true, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  if (even_without_budget) {
    if (auto no = forbidden(options_.rights, call.caller, Right::command, area_of(call.path))) {
      auto refusing = refuse(std::move(*no), "restart beyond the budget");
      co_return co_await std::move(refusing);
    }
  }
  const auto done = co_await commands_.restart(std::move(*who), even_without_budget);
  co_return told(done);
}

Task<Response> Desk::note_change(const Asked& call) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  const auto done = co_await commands_.note_change(std::move(*who));
  co_return told(done);
}

Task<Response> Desk::reload(const Asked& call) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  const auto done = co_await commands_.reload(std::move(*who));
  co_return told(done);
}

// Answers at once: a drill takes minutes, and nobody holds a connection for that long.
Task<Response> Desk::drill_alarms(const Asked& call) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  auto question = read_alarm_query(call.query);
  if (!question) co_return error_answer(question.error());
  co_return told(commands_.begin_alarm_drill(std::move(*who), std::move(*question)));
}

Task<Response> Desk::ask_parked(const Asked& call, bool replay) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  auto question = read_parked_query(call.query);
  if (!question) co_return error_answer(question.error());
  question->drop = !replay;
  const auto done = co_await commands_.parked(std::move(*who), std::move(*question));
  co_return told(done);
}

Task<Response> Desk::replay_parked(const Asked& call) { return ask_parked(call, true); }
Task<Response> Desk::drop_parked(const Asked& call) { return ask_parked(call, false); }

Task<Response> Desk::ask_maintenance(const Asked& call, bool begin) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  auto question = read_maintenance_query(call.query, begin);
  if (!question) co_return error_answer(question.error());
  const auto done = co_await commands_.maintenance(std::move(*who), *question);
  co_return told(done);
}

Task<Response> Desk::order_alert(const Asked& call, core::AlertOrder::What what) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  auto order = read_alert_order(call.query, what);
  if (!order) co_return error_answer(order.error());
  const auto done = co_await commands_.alert(std::move(*who), std::move(*order));
  co_return told(done);
}

}  // namespace outrider::api
