// The places in which the contract of actuators is tested: one for each entry of the shelf.
#pragma once

#include "agent/net/http.hpp"
#include "agent/os/scratch.hpp"
#include "agent/os/sim_processes.hpp"
#include "tests/contract/contract_kit.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace outrider::contract {

// A service somewhere, as the Docker Engine or outrider-actuator tell of it; or nobody answers, ever.
class FarService final : public net::Client {
 public:
  explicit FarService(core::Clock& clock) : clock_(clock) {}
  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration limit) override;
  bool silent = false;
  bool runs = false;
  int starts = 0;

 private:
  net::Response answer(const std::string& url);
  core::Clock& clock_;
};

struct ActuatorWorld {
  os::SimProcesses& processes;
  FarService& far;
  const os::Scratch& scratch;
};

struct ActuatorScene {
  std::function<std::string(const os::Scratch&)> value;  // of the entry's key
  std::function<void(ActuatorWorld&)> well;              // empty: it needs the real thing
  std::function<void(ActuatorWorld&)> silent;            // empty: there is nobody to be silent
  std::vector<BadValue> bad;
};

// By the entry's name.
const std::map<std::string, ActuatorScene, std::less<>>& actuator_scenes();

}  // namespace outrider::contract
