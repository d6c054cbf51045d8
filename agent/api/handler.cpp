#include "agent/api/handler.hpp"

#include "agent/api/answers.hpp"
#include "agent/api/guard.hpp"
#include "agent/api/incident/incidents.hpp"
#include "agent/api/json.hpp"
#include "agent/api/query.hpp"
#include "agent/api/standing.hpp"
#include "agent/api/tap.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/core.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::api {
namespace {

using core::Errc;
using core::Task;
using net::Call;
using net::Response;

constexpr std::size_t longest_body_bytes = 16'384;
constexpr int most_waiting = 64;  // long polls held open at a time
constexpr std::size_t most_events = 1000;

class Api {
 public:
  Api(core::Commands& commands, prometheus::Registry& registry, Options options);

  Task<Response> answer(const Call& call);

 private:
  struct Route {
    std::string_view path;
    std::string_view help;
    Response (Api::*show)(const Call&) const;           // answers at once; or
    Task<Response> (Api::*ask)(const Call&) = nullptr;  // has to wait for the agent
    bool writes = false;
  };
  static std::span<const Route> routes();

  Response page(const Call& call) const;
  Response badge(const Call& call) const;
  Response alive(const Call&) const { return alive_answer(commands_.status()); }
  Response ready(const Call&) const { return ready_answer(commands_.status()); }
  Response index(const Call& call) const;
  Response status(const Call& call) const;
  Response verdict(const Call& call) const;
  Response incidents(const Call&) const;
  Task<Response> incident(const Call& call) { return show_incident(commands_, call); }
  Task<Response> incident_page(const Call& call) {
    return show_incident_page(commands_, call, options_.pages);
  }
  Task<Response> note_change(const Call& call) { return note_a_change(commands_, options_.hosts, call); }
  Response recovery(const Call& call) const;
  Task<Response> check(const Call& call);
  Task<Response> timeline(const Call& call);
  Task<Response> restart(const Call& call);
  Task<Response> reload(const Call& call);
  Task<Response> start_maintenance(const Call& call) { return ask_maintenance(call, true); }
  Task<Response> end_maintenance(const Call& call) { return ask_maintenance(call, false); }
  Task<Response> ask_maintenance(const Call& call, bool begin);
  Response alarms(const Call& call) const;
  Task<Response> drill_alarms(const Call& call);
  Task<Response> replay_parked(const Call& call);
  Task<Response> drop_parked(const Call& call);
  Task<Response> ask_parked(const Call& call, bool replay);
  Task<Response> tap(const Call&) { return tap_points(commands_); }
  Task<Response> tap_open(const Call& call) { return open_tap(commands_, options_.hosts, call); }
  Task<Response> tap_next(const Call& call) { return next_of_tap(commands_, options_.hosts, call); }
  Task<Response> tap_end(const Call& call) { return end_tap(commands_, options_.hosts, call); }
  Task<Response> serve(const Call& call);
  core::Outcome<core::Operator> admit(const Call& call, bool may_skip_budget,
                                      bool& even_without_budget) const;
  void count(const Call& call, int status);

  core::Commands& commands_;
  Options options_;
  int waiting_ = 0;
  std::array<std::array<prometheus::Counter*, 4>, 2> requests_{};  // [socket][2xx..5xx]
};

Api::Api(core::Commands& commands, prometheus::Registry& registry, Options options)
    : commands_(commands), options_(std::move(options)) {
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

std::span<const Api::Route> Api::routes() {
  static constexpr std::array<Route, 26> table{{
      {"/", "the status page", &Api::page},
      {"/badge.svg", "the state as a small picture", &Api::badge},
      {"/livez", "200 while both rivers turn", &Api::alive},
      {"/readyz", "200 once everything configured is running, else 503 and why", &Api::ready},
      {"/api/v1", "this list", &Api::index},
      {"/api/v1/status", "everything the status page shows", &Api::status},
      {"/api/v1/verdict", "in a few words, for the Outrider of a service that depends on this one",
       &Api::verdict},
      {"/api/v1/incidents", "what went wrong with the service, the newest first", &Api::incidents},
      {"/api/v1/incidents/{id}", "one of them, whole", nullptr, &Api::incident},
      {"/incidents/{id}", "the same as a page that can be sent to others", nullptr, &Api::incident_page},
      {"/api/v1/incidents/note", R"({"reason": "deployed v42"}: incidents of the next minutes tell it)",
       nullptr, &Api::note_change, true},
      {"/api/v1/recovery", "what would be lost, how long a restore takes, and how that is known",
       &Api::recovery},
      {"/api/v1/recovery/check",
       "the gate, with a signed answer; ?check=rpo&require=level>=L3&expect_wal=40GB&nonce=…&audience=…",
       nullptr, &Api::check},
      {"/api/v1/recovery/alarms", "how far an alarm drill is, and what the last one found", &Api::alarms},
      {"/api/v1/recovery/alarms/drill",
       R"({"reason": "…"}; ?catalog=…&without=restore&without=notifier; it runs on by itself)", nullptr,
       &Api::drill_alarms, true},
      {"/api/v1/timeline", "events; ?after=N&wait=30s waits for the next ones", nullptr, &Api::timeline},
      {"/api/v1/restart", R"({"reason": "…", "even_without_budget": false})", nullptr, &Api::restart, true},
      {"/api/v1/maintenance/start", R"({"reason": "…"}; ?for=1h: nothing is done by itself meanwhile)",
       nullptr, &Api::start_maintenance, true},
      {"/api/v1/maintenance/end", R"({"reason": "…"})", nullptr, &Api::end_maintenance, true},
      {"/api/v1/parked/replay", R"({"reason": "…"}; ?sink=…&id=…)", nullptr, &Api::replay_parked, true},
      {"/api/v1/parked/drop", R"({"reason": "…"}; ?sink=…&id=…)", nullptr, &Api::drop_parked, true},
      {"/api/v1/tap", "where one can look at the logs as they go by", nullptr, &Api::tap},
      {"/api/v1/tap/open", R"({"points": ["parked"], "match": "…", "where": "log.level=error"})", nullptr,
       &Api::tap_open, true},
      {"/api/v1/tap/next", R"({"tap": N, "after": 0, "wait": "5s"}: a record a line)", nullptr,
       &Api::tap_next, true},
      {"/api/v1/tap/end", R"({"tap": N})", nullptr, &Api::tap_end, true},
      {"/api/v1/reload", R"({"reason": "…"})", nullptr, &Api::reload, true},
  }};
  return table;
}

Task<Response> Api::answer(const Call& call) {
  Response response = co_await serve(call);
  put_security_headers(response, {});
  count(call, response.status);
  co_return response;
}

Task<Response> Api::serve(const Call& call) {
  const auto all = routes();
  const auto route =
      std::find_if(all.begin(), all.end(),
                   [wanted = incident_route(call.path)](const Route& r) { return r.path == wanted; });
  if (route == all.end()) {
    std::array<std::string_view, 26> paths{};
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
  if (route->show != nullptr) co_return (this->*route->show)(call);
  co_return co_await (this->*route->ask)(call);
}

Response Api::page(const Call&) const {
  if (!options_.pages.page) {
    const core::Error error(Errc::not_found, "cannot show a page: this build has none", "GET /api/v1/status");
    return error_answer(error);
  }
  Response response;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  response.body = options_.pages.page(commands_.status());
  put_security_headers(response, options_.pages.content_security_policy);
  return response;
}

Response Api::badge(const Call&) const {
  if (!options_.pages.badge) {
    const core::Error error(Errc::not_found, "cannot show a badge: this build has none",
                            "GET /api/v1/status");
    return error_answer(error);
  }
  Response response;
  // A badge is there to be shown in other pages.
  response.headers = {{"Content-Type", "image/svg+xml"}, {"Cross-Origin-Resource-Policy", "cross-origin"}};
  response.body = options_.pages.badge(commands_.status());
  return response;
}

Response Api::index(const Call&) const {
  boost::json::array paths;
  for (const Route& route : routes()) {
    paths.push_back(boost::json::object{
        {"path", route.path}, {"method", route.writes ? "POST" : "GET"}, {"help", route.help}});
  }
  const boost::json::object body{{"schema", schema_version}, {"paths", std::move(paths)}};
  return json_answer(200, body);
}

Response Api::status(const Call&) const {
  const core::Status status = commands_.status();
  return json_answer(200, to_json(status));
}

Response Api::verdict(const Call&) const {
  const core::Status status = commands_.status();
  return json_answer(200, to_json(word_of(status)));
}

Response json_text(const core::Outcome<std::string>& known) {
  if (!known) return error_answer(known.error());
  Response response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = *known + "\n";
  return response;
}

Response Api::incidents(const Call&) const { return json_text(commands_.incidents()); }

Response Api::recovery(const Call&) const { return json_text(commands_.recovery()); }

Response Api::alarms(const Call&) const { return json_text(commands_.alarm_drill()); }

// 200 whatever the answer is: what it says is in the body, and unknown must not look like a broken server.
Task<Response> Api::check(const Call& call) {
  auto question = read_gate_query(call.query);
  if (!question) co_return error_answer(question.error());
  const bool waived = !question->override_by.empty() || !question->override_reason.empty();
  if (waived && !call.local_socket) {
    const core::Error error(Errc::denied, "cannot override the gate from here",
                            "outrider check … --override-by NAME on the machine, over the API's socket");
    co_return error_answer(error);
  }
  const auto answer = co_await commands_.gate(std::move(*question));
  if (!answer) co_return error_answer(answer.error());
  boost::json::object body{{"schema", schema_version},
                           {"code", answer->code},
                           {"nagios", answer->nagios},
                           {"text", answer->text},
                           {"result", boost::json::parse(answer->json)},
                           {"signed", nullptr}};
  if (!answer->token.empty()) body["signed"] = answer->token;
  if (!answer->unsigned_because.empty())
    body["unsigned_because"] = core::clean_utf8(answer->unsigned_because);
  co_return json_answer(200, body);
}

// Counts one long poll for as long as it lives, cancelled or not.
class Waiting {
 public:
  explicit Waiting(int& count) : count_(count) { ++count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { --count_; }

 private:
  int& count_;
};

Task<Response> Api::timeline(const Call& call) {
  const auto query = read_timeline_query(call.query);
  if (!query) co_return error_answer(query.error());
  if (query->wait > core::Duration::zero() && waiting_ >= most_waiting) {
    const core::Error error(Errc::exhausted, "cannot hold another waiting request", "ask again without wait");
    Response refusal = error_answer(error);
    refusal.headers.emplace_back("Retry-After", "5");
    co_return refusal;
  }
  std::vector<core::Event> events;
  {
    const Waiting waiting(waiting_);
    events = co_await commands_.events_after(query->after, query->wait);
  }
  // A slow reader gets the rest with its next question.
  if (events.size() > most_events) events.resize(most_events);
  boost::json::array list;
  for (const core::Event& event : events) list.push_back(to_json(event));
  // Numbers begin anew with every start of the agent; by this a reader notices.
  const core::WallTime started = commands_.status().started;
  const bool missed = query->after > 0 && !events.empty() && events.front().sequence > query->after + 1;
  const boost::json::object body{{"schema", schema_version},
                                 {"agent_started", core::show_time(started)},
                                 {"missed", missed},
                                 {"last", events.empty() ? query->after : events.back().sequence},
                                 {"events", std::move(list)}};
  co_return json_answer(200, body);
}

core::Outcome<core::Operator> Api::admit(const Call& call, bool may_skip_budget,
                                         bool& even_without_budget) const {
  auto who = who_writes(call, options_.hosts);
  if (!who) return core::fail(who.error());
  auto request = read_write_request(call.body, may_skip_budget);
  if (!request) return core::fail(request.error());
  even_without_budget = request->even_without_budget;
  return core::Operator{std::move(*who), std::move(request->reason)};
}

Response told(const core::Outcome<std::string>& done) {
  if (!done) return error_answer(done.error());
  return json_answer(200, {{"schema", schema_version}, {"done", core::clean_utf8(*done)}});
}

// What is unsupported before the agent was even asked is the kind of body.
Response not_admitted(const core::Error& error) {
  return error_answer(error.code == Errc::unsupported ? 415 : http_status(error.code), error);
}

Response too_large() {
  const core::Error error(Errc::invalid, "cannot read the request: it is too large",
                          fmt::format("at most {}", core::show_bytes(longest_body_bytes)));
  return error_answer(413, error);
}

Task<Response> Api::restart(const Call& call) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, true, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  const auto done = co_await commands_.restart(std::move(*who), even_without_budget);
  co_return told(done);
}

Task<Response> Api::reload(const Call& call) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  const auto done = co_await commands_.reload(std::move(*who));
  co_return told(done);
}

Task<Response> Api::ask_maintenance(const Call& call, bool begin) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  auto question = read_maintenance_query(call.query, begin);
  if (!question) co_return error_answer(question.error());
  const auto done = co_await commands_.maintenance(std::move(*who), *question);
  co_return told(done);
}

// Answers at once: a drill takes minutes, and nobody holds a connection for that long.
Task<Response> Api::drill_alarms(const Call& call) {
  if (call.body.size() > longest_body_bytes) co_return too_large();
  bool even_without_budget = false;
  auto who = admit(call, false, even_without_budget);
  if (!who) co_return not_admitted(who.error());
  auto question = read_alarm_query(call.query);
  if (!question) co_return error_answer(question.error());
  co_return told(commands_.begin_alarm_drill(std::move(*who), std::move(*question)));
}

Task<Response> Api::ask_parked(const Call& call, bool replay) {
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

Task<Response> Api::replay_parked(const Call& call) { return ask_parked(call, true); }
Task<Response> Api::drop_parked(const Call& call) { return ask_parked(call, false); }

void Api::count(const Call& call, int status) {
  const auto hundred = static_cast<std::size_t>(std::clamp(status / 100, 2, 5) - 2);
  requests_[call.local_socket ? 1 : 0][hundred]->Increment();
}

}  // namespace

net::Handler make_handler(core::Commands& commands, prometheus::Registry& registry, Options options) {
  auto api = std::make_shared<Api>(commands, registry, std::move(options));
  return [api](const Call& call) { return api->answer(call); };
}

}  // namespace outrider::api
