// People are told: the alert room with its book, in a slot of its own. Empty where no `notify` is configured.
#pragma once

#include "agent/alert/alerts.hpp"
#include "agent/app/world.hpp"
#include "agent/async/slot.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/journal.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <prometheus/registry.h>

namespace outrider::app {

class Telling {
 public:
  Telling(World& world, prometheus::Registry& registry, core::EventSink& events,
          std::function<core::Status()> look, std::function<void(std::exception_ptr)> part_ended);

  // As the configuration says. Without a book people are told all the same.
  core::Task<void> start(const Settings& settings);
  core::Task<void> stop();

  // An operator's; audited.
  core::Task<core::Outcome<std::string>> order(core::Journal& journal, core::Operator who,
                                               core::AlertOrder order);
  std::optional<core::AlertsStatus> status() const;

 private:
  core::Task<void> open_book(const std::string& state);
  core::Task<core::Outcome<std::string>> carry_out(const core::Operator& who, const core::AlertOrder& order);

  World& world_;
  prometheus::Registry& registry_;
  core::EventSink& events_;
  std::function<core::Status()> look_;
  std::unique_ptr<durable::Book> book_;
  std::shared_ptr<alert::Alerts> alerts_;  // an operator's order may outlast a reload
  async::Slot slot_;
};

}  // namespace outrider::app
