// Speaks to a running agent: finds its address, asks, and turns what comes back into values or an Error with
// a sentence that names the address tried.
#pragma once

#include "agent/cli/actions.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/cli/words/command_line.hpp"
#include "agent/core/task.hpp"

#include <functional>
#include <string>

#include <boost/json/object.hpp>

namespace outrider::cli {

inline constexpr const char* default_config_path = "/etc/outrider/outrider.yaml";
inline constexpr const char* default_socket = "/run/outrider.sock";

// --config, else $OUTRIDER_CONFIG, else the default.
std::string config_path_of(const Line& line, const Terminal& terminal);

// Where the agent is, and what to show at its door.
struct Reach {
  std::string address;  // "unix:/path", "/path" or "http(s)://host:port"
  std::string token;    // empty: none is sent
};

// --agent, else $OUTRIDER_AGENT, else api.socket of the configuration, else the default socket; --token-file,
// else $OUTRIDER_TOKEN_FILE, else $OUTRIDER_TOKEN. An Error when the configuration was named and is bad, or
// the token cannot be read.
core::Outcome<Reach> agent_reach(const Line& line, const Actions& actions, const Terminal& terminal);

class AgentLink {
 public:
  AgentLink(net::Client& client, Reach reach) : client_(client), reach_(std::move(reach)) {}

  core::Task<core::Outcome<boost::json::object>> get(std::string target, core::Duration limit);
  core::Task<core::Outcome<boost::json::object>> post(std::string target, boost::json::object body,
                                                      std::string operator_name);
  // The same, where the answer is not one object.
  core::Task<core::Outcome<std::string>> post_for_text(std::string target, boost::json::object body,
                                                       std::string operator_name, core::Duration limit);

  const std::string& address() const { return reach_.address; }

 private:
  net::Request request_to(const std::string& target) const;
  net::Request post_of(const std::string& target, const boost::json::object& body,
                       std::string operator_name) const;
  core::Task<core::Outcome<boost::json::object>> exchange(net::Request request, core::Duration limit);

  net::Client& client_;
  Reach reach_;
};

// Runs `talk` on a loop of its own, with a link to the agent, until it has ended.
void with_agent(const Actions& actions, const Reach& reach,
                const std::function<core::Task<void>(AgentLink&)>& talk);

}  // namespace outrider::cli
