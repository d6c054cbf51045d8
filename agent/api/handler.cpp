#include "agent/api/handler.hpp"

#include "agent/api/desk.hpp"
#include "agent/api/guard.hpp"
#include "agent/api/incident/incidents.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/core.h>

namespace outrider::api {

using core::Errc;
using What = core::AlertOrder::What;

Desk::Desk(core::Commands& commands, prometheus::Registry& registry, const core::Clock& clock,
           Options options)
    : commands_(commands), clock_(clock), options_(std::move(options)) {
  refused_ = &prometheus::BuildCounter()
                  .Name("outrider_api_refused_total")
                  .Help("Requests that were not let in: a wrong token, or no right to what was asked for.")
                  .Register(registry)
                  .Add({});
  auto& family = prometheus::BuildCounter()
                     .Name("outrider_api_requests_total")
                     .Help("Requests that the agent's own API answered, by listener and class of status.")
                     .Register(registry);
  for (std::size_t socket = 0; socket < 2; ++socket) {
    for (std::size_t hundred = 0; hundred < 4; ++hundred) {
      requests_[socket][hundred] = &family.Add(
          {{"listener", socket == 1 ? "socket" : "tcp"}, {"status_class", fmt::format("{}xx", hundred + 2)}});
    }
  }
}

std::span<const Desk::Route> Desk::routes() {
  static constexpr std::array<Route, 32> table{{
      {"/", "the status page", &Desk::page},
      {"/badge.svg", "the state as a small picture", &Desk::badge, nullptr, false, Right::none},
      {"/livez", "200 while both rivers turn", &Desk::alive, nullptr, false, Right::none},
      {"/readyz", "200 once everything configured is running, else 503 and why", &Desk::ready, nullptr, false,
       Right::none},
      {"/api/v1", "this list", &Desk::index},
      {"/api/v1/whoami", "as whom the agent knows you, and what you may do", &Desk::who_am_i, nullptr, false,
       Right::none},
      {"/api/v1/status", "everything the status page shows", &Desk::status},
      {"/api/v1/verdict", "in a few words, for the Outrider of a service that depends on this one",
       &Desk::verdict},
      {"/api/v1/incidents", "what went wrong with the service, the newest first", &Desk::incidents},
      {"/api/v1/incidents/{id}", "one of them, whole", nullptr, &Desk::incident},
      {"/incidents/{id}", "the same as a page that can be sent to others", nullptr, &Desk::incident_page},
      {"/api/v1/incidents/note", R"({"reason": "deployed v42"}: incidents of the next minutes tell it)",
       nullptr, &Desk::note_change, true, Right::respond},
      {"/api/v1/recovery", "what would be lost, how long a restore takes, and how that is known",
       &Desk::recovery},
      {"/api/v1/recovery/check",
       "the gate, with a signed answer; ?check=rpo&require=level>=L3&expect_wal=40GB&nonce=…&audience=…",
       nullptr, &Desk::check},
      {"/api/v1/recovery/alarms", "how far an alarm drill is, and what the last one found", &Desk::alarms},
      {"/api/v1/recovery/alarms/drill",
       R"({"reason": "…"}; ?catalog=…&without=restore&without=notifier; it runs on by itself)", nullptr,
       &Desk::drill_alarms, true},
      {"/api/v1/timeline", "events; ?after=N&wait=30s waits for the next ones", nullptr, &Desk::timeline},
      {"/api/v1/restart", R"({"reason": "…", "even_without_budget": false})", nullptr, &Desk::restart, true},
      {"/api/v1/maintenance/start", R"({"reason": "…"}; ?for=1h: nothing is done by itself meanwhile)",
       nullptr, &Desk::start_maintenance, true, Right::respond},
      {"/api/v1/maintenance/end", R"({"reason": "…"})", nullptr, &Desk::end_maintenance, true,
       Right::respond},
      {"/api/v1/parked/replay", R"({"reason": "…"}; ?sink=…&id=…)", nullptr, &Desk::replay_parked, true},
      {"/api/v1/parked/drop", R"({"reason": "…"}; ?sink=…&id=…)", nullptr, &Desk::drop_parked, true},
      {"/api/v1/tap", "where one can look at the logs as they go by", nullptr, &Desk::tap},
      {"/api/v1/tap/open", R"({"points": ["parked"], "match": "…", "where": "log.level=error"})", nullptr,
       &Desk::tap_open, true, Right::watch},
      {"/api/v1/tap/next", R"({"tap": N, "after": 0, "wait": "5s"}: a record a line)", nullptr,
       &Desk::tap_next, true, Right::watch},
      {"/api/v1/tap/end", R"({"tap": N})", nullptr, &Desk::tap_end, true, Right::watch},
      {"/api/v1/reload", R"({"reason": "…"})", nullptr, &Desk::reload, true},
      {"/api/v1/alerts", "alerts, silences, and how those who tell of them are doing", &Desk::alerts},
      {"/api/v1/alerts/ack", R"({"reason": "…"}; ?target=KEY)", nullptr, &Desk::order<What::acknowledge>,
       true, Right::respond},
      {"/api/v1/alerts/silence", R"({"reason": "…"}; ?target=PATTERN&for=2h)", nullptr,
       &Desk::order<What::silence>, true, Right::respond},
      {"/api/v1/alerts/unsilence", R"({"reason": "…"}; ?target=ID)", nullptr, &Desk::order<What::unsilence>,
       true, Right::respond},
      {"/api/v1/notify/test", R"({"reason": "…"}; ?target=NAME)", nullptr, &Desk::order<What::test>, true,
       Right::respond},
  }};
  return table;
}

Task<Response> Desk::answer(const net::Call& call) {
  Response response = co_await serve(call);
  put_security_headers(response, {});
  count(call, response.status);
  co_return response;
}

Task<Response> Desk::serve(const net::Call& call) {
  const auto all = routes();
  const auto route =
      std::find_if(all.begin(), all.end(),
                   [wanted = incident_route(call.path)](const Route& r) { return r.path == wanted; });
  if (route == all.end()) {
    std::array<std::string_view, 32> paths{};
    std::transform(all.begin(), all.end(), paths.begin(), [](const Route& r) { return r.path; });
    const std::string_view meant = core::nearest(call.path, paths.data(), paths.data() + all.size());
    const core::Error error(Errc::not_found, "cannot find that path",
                            meant.empty()
                                ? "GET /api/v1 lists what there is; metrics have a listener of their own"
                                : fmt::format("did you mean {}?", meant));
    co_return error_answer(404, error);
  }
  const bool reads = call.method == "GET" || call.method == "HEAD";
  if (route->writes ? call.method != "POST" : !reads) {
    const core::Error error(Errc::unsupported, "cannot use that method here",
                            route->writes ? fmt::format("POST {}", route->help) : "use GET");
    Response refusal = error_answer(405, error);
    refusal.headers.emplace_back("Allow", route->writes ? "POST" : "GET, HEAD");
    co_return refusal;
  }
  auto caller = who_calls(options_.rights, call, clock_.wall());
  if (!caller) {
    auto refusing = refuse(std::move(caller.error()), call.path);
    co_return co_await std::move(refusing);
  }
  if (auto no = forbidden(options_.rights, *caller, route->right(), area_of(call.path))) {
    auto refusing = refuse(std::move(*no), call.path);
    co_return co_await std::move(refusing);
  }
  if (route->writes) {
    const auto fine = check_write(call, caller->door, options_.hosts);
    if (!fine) co_return not_admitted(fine.error());
  }
  const Asked admitted{call, std::move(*caller)};
  if (route->show != nullptr) co_return (this->*route->show)(admitted);
  co_return co_await (this->*route->ask)(admitted);
}

// Who only did not say who they are is told so, and no more: a browser asks that way first.
Task<Response> Desk::refuse(Refusal refusal, std::string what) {
  refused_->Increment();
  Response answer = error_answer(refusal.status, refusal.error);
  if (refusal.status == 401) {
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    answer.headers.emplace_back("WWW-Authenticate", R"(Basic realm="outrider", charset="UTF-8")");
  }
  const auto left_out = refusal.audited ? sieve_.let_through(clock_.now()) : std::nullopt;
  if (left_out) {
    std::string why = refusal.error.what;
    if (*left_out > 0) why += fmt::format(" ({} more were refused since the last of these lines)", *left_out);
    auto telling = commands_.refused({std::move(refusal.who), std::move(what), std::move(why)});
    co_await std::move(telling);
  }
  co_return answer;
}

void Desk::count(const net::Call& call, int status) {
  const auto hundred = static_cast<std::size_t>(std::clamp(status / 100, 2, 5) - 2);
  requests_[call.local_socket ? 1 : 0][hundred]->Increment();
}

net::Handler make_handler(core::Commands& commands, prometheus::Registry& registry, const core::Clock& clock,
                          Options options) {
  auto api = std::make_shared<Desk>(commands, registry, clock, std::move(options));
  return [api](const net::Call& call) { return api->answer(call); };
}

}  // namespace outrider::api
