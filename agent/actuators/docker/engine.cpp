#include "agent/actuators/docker/engine.hpp"

#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <fmt/core.h>

namespace outrider::actuators::docker {
namespace {

namespace json = boost::json;
using core::Outcome;
using core::Task;

constexpr std::size_t quoted_bytes = 300;

struct Version {
  unsigned major = 0;
  unsigned minor = 0;
  auto operator<=>(const Version&) const = default;
  std::string text() const { return fmt::format("{}.{}", major, minor); }
};

// What is asked of it is the same in all of these.
constexpr Version oldest_known{1, 24};
constexpr Version newest_known{1, 47};

std::optional<Version> read_version(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = core::read_number<unsigned>(text.substr(0, dot));
  const auto minor = core::read_number<unsigned>(text.substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return Version{*major, *minor};
}

const json::object* part_of(const json::object& whole, std::string_view key) {
  const json::value* part = whole.if_contains(key);
  return part != nullptr ? part->if_object() : nullptr;
}
std::string text_of(const json::object& whole, std::string_view key) {
  const json::value* part = whole.if_contains(key);
  if (part == nullptr || !part->is_string()) return {};
  return core::clean_utf8(std::string_view(part->get_string()));
}
bool truth_of(const json::object& whole, std::string_view key) {
  const json::value* part = whole.if_contains(key);
  return part != nullptr && part->is_bool() && part->get_bool();
}
std::int64_t number_of(const json::object& whole, std::string_view key) {
  const json::value* part = whole.if_contains(key);
  return part != nullptr && part->is_int64() ? part->get_int64() : 0;
}

std::optional<json::object> read_object(std::string_view text) {
  boost::system::error_code trouble;
  json::value value = json::parse(text, trouble);
  if (trouble || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

core::Error not_docker(std::string_view what) {
  return {core::Errc::corrupt, fmt::format("docker's answer to {} is not what its API says", what)};
}

// {"message": "No such container: x"}
core::Error refusal(const net::Response& response) {
  const auto object = read_object(response.body);
  std::string words = object ? text_of(*object, "message") : std::string();
  if (words.empty()) words = core::clean_utf8(std::string_view(response.body).substr(0, quoted_bytes));
  if (words.size() > quoted_bytes) words.resize(quoted_bytes);
  const auto code = response.status == 404   ? core::Errc::not_found
                    : response.status == 403 ? core::Errc::denied
                    : response.status == 409 ? core::Errc::busy
                                             : core::Errc::refused;
  return {code, fmt::format("docker answers {}: {}", response.status, core::clean_utf8(words))};
}

}  // namespace

Outcome<Container> read_container(std::string_view text) {
  const auto whole = read_object(text);
  const json::object* state = whole ? part_of(*whole, "State") : nullptr;
  if (state == nullptr) return core::fail(not_docker("inspect"));
  Container container;
  container.id = text_of(*whole, "Id");
  container.status = text_of(*state, "Status");
  container.running = truth_of(*state, "Running");
  container.restarting = truth_of(*state, "Restarting");
  container.out_of_memory = truth_of(*state, "OOMKilled");
  container.pid = number_of(*state, "Pid");
  container.exit_code = static_cast<int>(number_of(*state, "ExitCode"));
  container.error = text_of(*state, "Error");
  container.started_at = text_of(*state, "StartedAt");
  if (const auto* health = part_of(*state, "Health")) container.health = text_of(*health, "Status");
  const json::object* host = part_of(*whole, "HostConfig");
  const json::object* policy = host != nullptr ? part_of(*host, "RestartPolicy") : nullptr;
  if (policy != nullptr) container.restart_policy = text_of(*policy, "Name");
  if (container.id.empty() || container.status.empty()) return core::fail(not_docker("inspect"));
  return container;
}

Outcome<std::string> common_version(std::string_view version_json) {
  const auto whole = read_object(version_json);
  const auto newest = whole ? read_version(text_of(*whole, "ApiVersion")) : std::nullopt;
  if (!newest) return core::fail(not_docker("version"));
  const auto oldest = read_version(text_of(*whole, "MinAPIVersion")).value_or(oldest_known);
  const Version common = std::min(*newest, newest_known);
  if (common < oldest || common < oldest_known) {
    return core::fail(core::Errc::unsupported,
                      fmt::format("docker's API is {} to {}, and outrider knows {} to {}", oldest.text(),
                                  newest->text(), oldest_known.text(), newest_known.text()));
  }
  return common.text();
}

Task<Outcome<net::Response>> Engine::ask(std::string method, std::string what, core::Duration limit) {
  net::Request request;
  request.method = std::move(method);
  request.url = fmt::format("unix:{}:{}", socket_, what);
  request.headers = {{"Host", "docker"}};
  auto response = co_await http_.ask(std::move(request), limit);
  if (!response) {
    core::Error error = response.error().during("cannot ask docker");
    if (error.code == core::Errc::denied)
      error.hint = "who may open " + socket_ + " is root on this machine: let outrider-actuator ask for us";
    // It is the socket that is not there: only an answer can say so of the container.
    if (error.code == core::Errc::not_found) error.code = core::Errc::unavailable;
    co_return core::fail(std::move(error));
  }
  if (response->status == 400) version_.clear();  // another engine may answer now
  co_return response;
}

Task<Outcome<>> Engine::agree(core::Duration limit) {
  if (!version_.empty()) co_return Outcome<>();
  auto asking = ask("GET", "/version", limit);
  const auto response = co_await std::move(asking);
  if (!response) co_return core::fail(response.error());
  if (response->status != 200) co_return core::fail(refusal(*response));
  auto version = common_version(response->body);
  if (!version) co_return core::fail(version.error());
  version_ = std::move(*version);
  co_return Outcome<>();
}

Task<Outcome<Container>> Engine::inspect(core::Duration limit) {
  const auto agreed = co_await agree(limit);
  if (!agreed) co_return core::fail(agreed.error());
  std::string what = fmt::format("/v{}/containers/{}/json", version_, container_);
  auto asking = ask("GET", std::move(what), limit);
  const auto response = co_await std::move(asking);
  if (!response) co_return core::fail(response.error());
  if (response->status != 200) co_return core::fail(refusal(*response));
  co_return read_container(response->body);
}

Task<Outcome<>> Engine::post(std::string verb, core::Duration limit) {
  const auto agreed = co_await agree(limit);
  if (!agreed) co_return core::fail(agreed.error());
  std::string what = fmt::format("/v{}/containers/{}/{}", version_, container_, verb);
  auto asking = ask("POST", std::move(what), limit);
  const auto response = co_await std::move(asking);
  if (!response) co_return core::fail(response.error());
  if (response->status < 400) co_return Outcome<>();  // 304: it is so already
  co_return core::fail(refusal(*response));
}

Task<Outcome<>> Engine::until_ended(core::Duration limit) {
  return post("wait?condition=not-running", limit);
}

}  // namespace outrider::actuators::docker
