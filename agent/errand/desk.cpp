#include "agent/errand/desk.hpp"

#include "agent/actuators/elsewhere.hpp"
#include "agent/actuators/seen_text.hpp"
#include "agent/async/race.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/net/serving/peer.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::errand {
namespace {

using core::Outcome;
using core::Task;

constexpr int most_signal = 64;
constexpr std::string_view version = "/v1/";
constexpr std::string_view signal_verb = "signal-";
constexpr config::Budget most_refusals{60, std::chrono::minutes(1)};
constexpr config::Budget most_looks{100, std::chrono::seconds(5)};  // an agent may look every 100 ms

net::Response answer(int status, std::string text) {
  net::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  response.body = std::move(text);
  return response;
}

int status_of(core::Errc code) {
  switch (code) {
    case core::Errc::denied: return 502;  // it was we who were denied
    case core::Errc::not_found: return 404;
    case core::Errc::timed_out: return 504;
    default: return 502;
  }
}

void note_trouble(core::Log& log, const core::Error& error) {
  log.error("errand", "Cannot write down", {{"why", error.what}});
}

struct UnderWay {
  std::set<std::pair<std::string, Verb>>& all;
  std::pair<std::string, Verb> mine;
  ~UnderWay() { all.erase(mine); }
};

}  // namespace

std::optional<Request> read_request(std::string_view method, std::string_view path) {
  if (method != "POST" || !path.starts_with(version)) return std::nullopt;
  path.remove_prefix(version.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view word = path.substr(0, slash);
  Request request;
  request.name = path.substr(slash + 1);
  if (!actuators::is_plain_name(request.name)) return std::nullopt;
  if (word.starts_with(signal_verb)) {
    const auto number = core::read_number<int>(word.substr(signal_verb.size()));
    if (!number || *number < 1 || *number > most_signal) return std::nullopt;
    request.verb = Verb::signal;
    request.signal = *number;
    return request;
  }
  for (const Verb verb : {Verb::look, Verb::start, Verb::stop, Verb::restart, Verb::kill}) {
    if (word != name_of(verb)) continue;
    request.verb = verb;
    return request;
  }
  return std::nullopt;
}

Desk::Desk(Settings settings, Tools tools) : tools_(std::move(tools)), refusals_(most_refusals) {
  for (Grant& grant : settings.allow) {
    const Pace errands(grant.most);
    lines_.push_back({std::move(grant), errands, Pace(most_looks)});
  }
}

Desk::Line* Desk::find(std::int64_t uid, const std::string& name) {
  const auto line = std::ranges::find_if(
      lines_, [&](const Line& each) { return each.grant.uid == uid && each.grant.name == name; });
  return line == lines_.end() ? nullptr : &*line;
}

Task<net::Response> Desk::serve(net::Call call) {
  const auto uid = call.local_socket ? net::user_of(call.peer) : std::nullopt;
  const bool is_known =
      uid && std::ranges::any_of(lines_, [&](const Line& line) { return line.grant.uid == *uid; });
  if (!is_known) {
    if (refusals_.take(tools_.clock.now()))
      tools_.log.warn("errand", "Somebody asked who may not", {{"peer", call.peer}});
    co_return answer(403, "you are not on the list");
  }
  const auto request = read_request(call.method, call.path);
  if (!request) co_return answer(400, "ask with POST /v1/VERB/NAME");
  Line* line = find(*uid, request->name);
  if (line == nullptr || !line->grant.allows(request->verb)) {
    auto refusing = refuse(
        call.peer, *request,
        fmt::format("{} of {} is not on the list for user {}", name_of(request->verb), request->name, *uid));
    co_return co_await std::move(refusing);
  }
  auto doing = carry_out(*line, *request, call.peer);
  co_return co_await std::move(doing);
}

// Written down, but not at the pace of whoever asks in a loop: the disk is not his to fill.
Task<net::Response> Desk::refuse(std::string peer, Request request, std::string why) {
  if (!refusals_.take(tools_.clock.now())) {
    ++unwritten_;
    co_return answer(403, std::move(why));
  }
  tools_.log.warn("errand", "Something was refused", {{"peer", peer}, {"why", why}});
  const std::uint64_t unwritten = std::exchange(unwritten_, 0);
  std::string reason = "asked for, and refused";
  if (unwritten > 0) reason += fmt::format("; {} refusals before this one were not written down", unwritten);
  core::Deed deed{std::move(peer), std::string(name_of(request.verb)), request.name, std::move(reason)};
  const auto intent = co_await tools_.journal.intend(std::move(deed));
  if (intent) {
    const auto concluded = co_await tools_.journal.conclude(*intent, false, why);
    if (!concluded) note_trouble(tools_.log, concluded.error());
  } else {
    note_trouble(tools_.log, intent.error());
  }
  co_return answer(403, std::move(why));
}

Task<net::Response> Desk::carry_out(Line& line, Request request, std::string peer) {
  const core::Instant now = tools_.clock.now();
  if (request.verb == Verb::look) {
    if (!line.looks.take(now)) co_return answer(429, "too many looks at " + request.name);
    const auto actuator = line.grant.make(tools_.hands, {});
    if (actuator->place() == nullptr) co_return answer(500, "that cannot be done for others");
    auto looking = async::with_deadline(tools_.clock, longest_errand, "a look at " + request.name,
                                        act(*actuator->place(), request));
    auto seen = co_await std::move(looking);
    if (!seen) co_return answer(status_of(seen.error().code), seen.error().what);
    co_return answer(200, std::move(*seen));
  }
  const auto key = std::pair(request.name, request.verb);
  if (under_way_.contains(key))
    co_return answer(409, fmt::format("a {} of {} is under way", name_of(request.verb), request.name));
  if (!line.errands.take(now)) {
    auto refusing = refuse(std::move(peer), request,
                           fmt::format("no more than {} per {} of {} are on the list", line.grant.most.count,
                                       core::show_duration(line.grant.most.per), request.name));
    auto refused = co_await std::move(refusing);
    refused.status = 429;
    co_return refused;
  }
  under_way_.insert(key);
  const UnderWay under_way{under_way_, key};
  auto doing = do_written(line.grant, request, std::move(peer));
  co_return co_await std::move(doing);
}

// As in outrider itself: what runs is not taken down unless that is written, what is down is started.
Task<net::Response> Desk::do_written(Grant grant, Request request, std::string peer) {
  const auto actuator = grant.make(tools_.hands, {});
  actuators::Place* place = actuator->place();
  if (place == nullptr) co_return answer(500, "that cannot be done for others");
  const std::string action = request.verb == Verb::signal ? fmt::format("signal {}", request.signal)
                                                          : std::string(name_of(request.verb));
  core::Deed deed{std::move(peer), action, request.name, "asked for, and on the list: " + grant.kind};
  const auto intent = co_await tools_.journal.intend(std::move(deed));
  if (!intent) note_trouble(tools_.log, intent.error());
  if (!intent && request.verb != Verb::start)
    co_return answer(500, "it cannot be written down: " + intent.error().what);

  const core::Instant begun = tools_.clock.now();
  auto acting = async::with_deadline(tools_.clock, longest_errand, action, act(*place, request));
  auto done = co_await std::move(acting);
  const std::string took = core::show_duration(tools_.clock.now() - begun);
  if (intent) {
    std::string result = done ? "done in " + took
                              : fmt::format("failed after {}: {}", took, core::clean_utf8(done.error().what));
    const auto concluded = co_await tools_.journal.conclude(*intent, done.has_value(), std::move(result));
    if (!concluded) note_trouble(tools_.log, concluded.error());
  }
  if (!done) co_return answer(status_of(done.error().code), done.error().what);
  co_return answer(200, std::move(*done));
}

Task<Outcome<std::string>> Desk::act(actuators::Place& place, Request request) {
  if (request.verb == Verb::look) {
    const auto seen = co_await place.look();
    if (!seen) co_return core::fail(seen.error());
    co_return actuators::write_seen(*seen);
  }
  auto doing = request.verb == Verb::start    ? place.start()
               : request.verb == Verb::stop   ? place.stop()
               : request.verb == Verb::kill   ? place.kill()
               : request.verb == Verb::signal ? place.signal(request.signal)
               : place.can_restart()          ? place.restart()
                                              : place.stop();
  const auto done = co_await std::move(doing);
  if (!done) co_return core::fail(done.error());
  if (request.verb == Verb::restart && !place.can_restart()) {
    auto starting = place.start();
    const auto started = co_await std::move(starting);
    if (!started) co_return core::fail(started.error());
  }
  co_return std::string();
}

}  // namespace outrider::errand
