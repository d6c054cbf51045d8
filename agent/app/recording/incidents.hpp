// The flight recorder and the incidents, joined to the rest: what they are told, and who asks them. Lives on
// `decide`; the recorder is written by both rivers.
#pragma once

#include "agent/app/world.hpp"
#include "agent/async/slot.hpp"
#include "agent/incident/desk/desk.hpp"
#include "agent/pipeline/recording/record_sight.hpp"
#include "agent/supervise/supervisor.hpp"

#include <memory>
#include <string>

namespace outrider::app {

class Incidents {
 public:
  // Makes the recorder's file. Where no service is supervised there is none, and everything here does
  // nothing.
  core::Task<void> open(World& world, const Settings& settings);

  // For the upper river; empty where nothing is recorded.
  pipeline::Keep keep();

  void start(World& world, const config::Loaded<Settings>& loaded, incident::Timeline& timeline,
             prometheus::Registry& registry, incident::Desk::Look look,
             std::function<void(std::exception_ptr)> part_ended);
  core::Task<void> stop();
  // Nothing more is read of the service.
  void end();

  void listen_to(supervise::Hooks& hooks);
  void show(core::Status& status) const;

  core::Outcome<std::string> list() const;
  core::Task<core::Outcome<std::string>> read(std::string id, bool whole);

 private:
  std::unique_ptr<incident::Recorder> recorder_;
  std::unique_ptr<incident::Eyes> eyes_;
  std::unique_ptr<incident::Desk> desk_;
  std::unique_ptr<async::Slot> slot_;
};

}  // namespace outrider::app
