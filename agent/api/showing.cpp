// What the agent shows of itself.
#include "agent/api/desk.hpp"
#include "agent/api/json.hpp"
#include "agent/api/query.hpp"
#include "agent/core/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/core.h>

namespace outrider::api {

using core::Errc;

namespace {

constexpr int most_waiting = 64;  // long polls held open at a time
constexpr std::size_t most_events = 1000;

}  // namespace

Response Desk::who_am_i(const Asked& call) const {
  boost::json::array rights;
  for (const Right right :
       {Right::look, Right::audit, Right::watch, Right::respond, Right::act, Right::command}) {
    const bool guest = !call.caller.role && right == Right::look && options_.rights.open_to_look;
    if (guest || (call.caller.role && may(*call.caller.role, right)))
      rights.push_back(boost::json::string(name_of(right)));
  }
  boost::json::array only;
  for (const std::string& area : call.caller.only)
    only.push_back(boost::json::string(core::clean_utf8(area)));
  boost::json::object body{
      {"schema", schema_version}, {"name", core::clean_utf8(call.caller.name)}, {"role", nullptr}};
  if (call.caller.role) body["role"] = name_of(*call.caller.role);
  body["may"] = std::move(rights);
  body["only"] = std::move(only);
  return json_answer(200, body);
}

Response Desk::page(const Asked&) const {
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

Response Desk::badge(const Asked&) const {
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

Response Desk::index(const Asked&) const {
  boost::json::array paths;
  for (const Route& route : routes()) {
    paths.push_back(boost::json::object{
        {"path", route.path}, {"method", route.writes ? "POST" : "GET"}, {"help", route.help}});
  }
  const boost::json::object body{{"schema", schema_version}, {"paths", std::move(paths)}};
  return json_answer(200, body);
}

Response Desk::status(const Asked&) const {
  const core::Status status = commands_.status();
  return json_answer(200, to_json(status));
}

Response Desk::verdict(const Asked&) const {
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

Response Desk::incidents(const Asked&) const { return json_text(commands_.incidents()); }

Response Desk::recovery(const Asked&) const { return json_text(commands_.recovery()); }

Response Desk::alarms(const Asked&) const { return json_text(commands_.alarm_drill()); }

// 200 whatever the answer is: what it says is in the body, and unknown must not look like a broken server.
Task<Response> Desk::check(const Asked& call) {
  auto question = read_gate_query(call.query);
  if (!question) co_return error_answer(question.error());
  const bool waived = !question->override_by.empty() || !question->override_reason.empty();
  if (waived) {
    if (auto no = forbidden(options_.rights, call.caller, Right::command, area_of(call.path))) {
      auto refusing = refuse(std::move(*no), "override of the gate");
      co_return co_await std::move(refusing);
    }
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

Task<Response> Desk::timeline(const Asked& call) {
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

}  // namespace outrider::api
