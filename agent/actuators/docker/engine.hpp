// The few words of the Docker Engine's API that are needed, over its Unix socket.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace outrider::actuators::docker {

// Of GET /containers/…/json.
struct Container {
  std::string id;
  std::string status;  // "running", "exited", …
  bool running = false;
  bool restarting = false;
  bool out_of_memory = false;
  std::int64_t pid = 0;
  int exit_code = 0;
  std::string error;
  std::string started_at;
  std::string health;          // empty: it has no health check
  std::string restart_policy;  // "no", "always", "unless-stopped", "on-failure"
};

core::Outcome<Container> read_container(std::string_view json);

// "1.41": the newest that both know; an Error when there is none.
core::Outcome<std::string> common_version(std::string_view version_json);

class Engine {
 public:
  Engine(net::Client& http, std::string socket, std::string container)
      : http_(http), socket_(std::move(socket)), container_(std::move(container)) {}

  // `not_found` when there is no such container.
  core::Task<core::Outcome<Container>> inspect(core::Duration limit);
  // "start", "stop?t=5", "kill?signal=KILL". That it is already so is no error.
  core::Task<core::Outcome<>> post(std::string what, core::Duration limit);
  // Returns when it has ended, or when the limit is over: an Error then.
  core::Task<core::Outcome<>> until_ended(core::Duration limit);

 private:
  core::Task<core::Outcome<net::Response>> ask(std::string method, std::string what, core::Duration limit);
  core::Task<core::Outcome<>> agree(core::Duration limit);

  net::Client& http_;
  std::string socket_;
  std::string container_;
  std::string version_;  // empty: not agreed upon yet
};

}  // namespace outrider::actuators::docker
