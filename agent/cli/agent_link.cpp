#include "agent/cli/agent_link.hpp"

#include "agent/async/river.hpp"
#include "agent/os/files.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;
using namespace std::chrono_literals;

// A restart may have to wait for the child to stop.
constexpr core::Duration command_limit = 90s;

constexpr std::uint64_t longest_token_file_bytes = 4096;

std::string url_of(const std::string& address, const std::string& target) {
  if (address.starts_with('/')) return "unix:" + address + ":" + target;
  if (address.starts_with("unix:")) return address + ":" + target;
  std::string base = address;
  while (base.ends_with('/')) base.pop_back();
  return base + target;
}

std::string member(const boost::json::object& object, const char* key) {
  const auto* const value = object.if_contains(key);
  const auto* const string = value == nullptr ? nullptr : value->if_string();
  return string == nullptr ? std::string() : std::string(string->data(), string->size());
}

Errc code_of(int status) {
  switch (status) {
    case 400: return Errc::invalid;
    case 401:
    case 403: return Errc::denied;
    case 404:
    case 405: return Errc::unsupported;
    case 409:
    case 501: return Errc::refused;
    case 503: return Errc::unavailable;
    case 504: return Errc::timed_out;
    default: return Errc::internal;
  }
}

Outcome<boost::json::object> read_answer(const net::Response& response) {
  boost::json::error_code problem;
  const auto document = boost::json::parse(response.body, problem);
  const auto* const object = problem ? nullptr : document.if_object();
  if (object == nullptr) {
    return core::fail(
        Errc::unsupported,
        fmt::format("cannot read the answer (HTTP {}): it is not the agent's JSON", response.status),
        "is that address an outrider's api.listen or api.socket?");
  }
  if (response.status == 200) return *object;
  const std::string error = member(*object, "error");
  return core::fail(code_of(response.status),
                    error.empty() ? fmt::format("cannot: HTTP {}", response.status) : error,
                    member(*object, "hint"));
}

core::Error not_reached(const std::string& address, const core::Error& cause) {
  std::string hint = cause.hint;
  if (cause.code == Errc::denied) {
    hint = "you may not open it: run this as the agent's user or root";
  } else if (hint.empty()) {
    hint =
        "is it running (outrider run)? name its socket with --agent or $OUTRIDER_AGENT, or its file with "
        "--config";
  }
  return {cause.code == Errc::denied ? Errc::denied : Errc::unavailable,
          fmt::format("cannot reach the agent at {}: {}", address, cause.what), hint};
}

}  // namespace

std::string config_path_of(const Line& line, const Terminal& terminal) {
  if (auto named = line.value("config")) return *named;
  return terminal.variable("OUTRIDER_CONFIG").value_or(default_config_path);
}

namespace {

Outcome<std::string> address_of(const Line& line, const Actions& actions, const Terminal& terminal) {
  if (auto named = line.value("agent")) return *named;
  if (auto named = terminal.variable("OUTRIDER_AGENT")) return *named;
  if (actions.premises) {
    auto premises = actions.premises(config_path_of(line, terminal));
    if (premises && !premises->socket.empty()) return premises->socket;
    if (!premises && line.value("config")) return core::fail(premises.error());
  }
  return default_socket;
}

// Never an argument of its own: the process list is for all to read.
Outcome<std::string> token_of(const Line& line, const Terminal& terminal) {
  const auto named = line.value("token-file");
  const auto file = named ? named : terminal.variable("OUTRIDER_TOKEN_FILE");
  std::string token = terminal.variable("OUTRIDER_TOKEN").value_or("");
  if (file) {
    auto read = os::make_files()->read_all(*file, longest_token_file_bytes);
    if (!read) return core::fail("the token", read.error());
    token = std::move(*read);
  }
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' '))
    token.pop_back();
  return token;
}

}  // namespace

Outcome<Reach> agent_reach(const Line& line, const Actions& actions, const Terminal& terminal) {
  auto address = address_of(line, actions, terminal);
  if (!address) return core::fail(address.error());
  auto token = token_of(line, terminal);
  if (!token) return core::fail(token.error());
  return Reach{std::move(*address), std::move(*token)};
}

net::Request AgentLink::request_to(const std::string& target) const {
  net::Request request;
  request.url = url_of(reach_.address, target);
  request.headers = {{"Accept", "application/json"}};
  if (!reach_.token.empty()) request.headers.emplace_back("Authorization", "Bearer " + reach_.token);
  return request;
}

Task<Outcome<boost::json::object>> AgentLink::get(std::string target, core::Duration limit) {
  co_return co_await exchange(request_to(target), limit);
}

net::Request AgentLink::post_of(const std::string& target, const boost::json::object& body,
                                std::string operator_name) const {
  net::Request request = request_to(target);
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/json");
  if (!operator_name.empty()) request.headers.emplace_back("X-Outrider-Operator", std::move(operator_name));
  const auto text = boost::json::serialize(body);
  request.body.assign(text.data(), text.size());
  return request;
}

Task<Outcome<boost::json::object>> AgentLink::post(std::string target, boost::json::object body,
                                                   std::string operator_name) {
  co_return co_await exchange(post_of(target, body, std::move(operator_name)), command_limit);
}

Task<Outcome<std::string>> AgentLink::post_for_text(std::string target, boost::json::object body,
                                                    std::string operator_name, core::Duration limit) {
  auto asking = client_.ask(post_of(target, body, std::move(operator_name)), limit);
  auto response = co_await std::move(asking);
  if (!response) co_return core::fail(not_reached(reach_.address, response.error()));
  if (response->status == 200) co_return std::move(response->body);
  const auto refusal = read_answer(*response);
  co_return core::fail(refusal ? core::Error(Errc::internal, "cannot read the answer") : refusal.error());
}

Task<Outcome<boost::json::object>> AgentLink::exchange(net::Request request, core::Duration limit) {
  const auto response = co_await client_.ask(std::move(request), limit);
  if (!response) co_return core::fail(not_reached(reach_.address, response.error()));
  co_return read_answer(*response);
}

namespace {

Task<void> talk_through(const Actions& actions, const async::Executor& executor, const Reach& reach,
                        const std::function<Task<void>(AgentLink&)>& talk) {
  const auto client = actions.client(executor);
  AgentLink link(*client, reach);
  co_await talk(link);
}

}  // namespace

void with_agent(const Actions& actions, const Reach& reach,
                const std::function<Task<void>(AgentLink&)>& talk) {
  async::run_here(
      [&](const async::Executor& executor) { return talk_through(actions, executor, reach, talk); });
}

}  // namespace outrider::cli
