// The alert room's actor, on `decide`: looks once a second, writes down what the desk has decided, and lets
// one courier a notifier deliver it, each at its own pace. Nothing else ever waits for a notifier.
#pragma once

#include "agent/alert/desk/desk.hpp"
#include "agent/alert/metrics.hpp"
#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/event.hpp"
#include "agent/core/log.hpp"
#include "agent/core/random.hpp"
#include "agent/core/status.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::alert {

// What the room may use. Everything outlives it.
struct Tools {
  async::Executor river;
  core::Clock& clock;
  core::Random& random;
  async::Pool& pool;
  prometheus::Registry& registry;
  core::EventSink& events;
  core::Log& log;
  durable::Book& book;
  notifiers::Tools notifiers;
  std::function<core::Status()> look;
};

class Alerts {
 public:
  Alerts(Tools tools, Settings settings, core::Resource resource);
  ~Alerts();

  // Until cancelled. What is not delivered by then is in the book.
  core::Task<void> run();

  core::Task<core::Outcome<std::string>> acknowledge(std::string target, std::string who, std::string reason);
  core::Task<core::Outcome<std::string>> silence(std::string what, core::Duration length, std::string who,
                                                 std::string reason);
  core::Task<core::Outcome<std::string>> unsilence(std::string target);
  // One message to this notifier, or to each; a line for each. An Error when any did not take it.
  core::Task<core::Outcome<std::string>> test(std::string name, std::string who);

  core::AlertsStatus status() const;

  // It runs no more, and another may take its place: its series go now, whoever still waits for an answer.
  void retire() { metrics_.reset(); }

 private:
  class Courier;

  core::Task<void> keep_looking();
  core::Task<void> beat();
  core::Task<void> save();
  void ring_couriers();

  Tools tools_;
  Settings settings_;
  std::vector<std::unique_ptr<notifiers::Notifier>> notifiers_;
  Desk desk_;
  std::unique_ptr<AlertMetrics> metrics_;
  std::vector<std::unique_ptr<Courier>> couriers_;
  async::Bell saved_;
  bool is_saving_ = false;
  std::string book_trouble_;
};

// Sends a test message through each of these (or the one of that name), without a running agent. As
// Alerts::test().
core::Task<core::Outcome<std::string>> test_each(const std::vector<notifiers::Plan>& plans,
                                                 notifiers::Tools tools, Sender sender, std::string name,
                                                 std::string who);

}  // namespace outrider::alert
