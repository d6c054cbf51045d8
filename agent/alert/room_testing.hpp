// For the tests of the room as a whole: people who are told in virtual time, and a book that outlives the
// room.
#pragma once

#include "agent/alert/alerts.hpp"
#include "agent/alert/testing.hpp"
#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace outrider::alert::testing {

using notifiers::Delivery;
using notifiers::Message;

// Somebody who is told, and what he does: outlives the notifier that reaches him.
struct Person {
  std::vector<std::string> heard;  // "stage id"
  std::vector<std::string> taken;  // of these, what was answered well
  std::deque<notifiers::Trouble> troubles;
  std::string missed;
  bool is_mute = false;
};

class Fake final : public notifiers::Notifier {
 public:
  Fake(core::Clock& clock, Person& person) : clock_(clock), person_(person) {}
  std::string target() const override { return "fake"; }
  core::Task<Delivery> deliver(Message message, std::string) override {
    if (person_.is_mute) co_await clock_.sleep(std::chrono::hours(24));
    co_await clock_.sleep(std::chrono::milliseconds(1));
    person_.heard.push_back(std::string(name_of(message.stage)) + " " + message.id);
    if (person_.troubles.empty()) {
      person_.taken.push_back(person_.heard.back());
      co_return notifiers::Receipt{"taken", "trail", person_.missed};
    }
    const notifiers::Trouble trouble = person_.troubles.front();
    person_.troubles.pop_front();
    co_return tl::unexpected(trouble);
  }

 private:
  core::Clock& clock_;
  Person& person_;
};

class NoEvents final : public core::EventSink {
 public:
  void record(core::EventKind kind, std::string, std::string sentence) override {
    if (kind == core::EventKind::notification) told.push_back(std::move(sentence));
  }
  std::vector<std::string> told;
};

class AlertsTest : public ::testing::Test {
 protected:
  AlertsTest() {
    settings.resolve_after = std::chrono::seconds(5);
    for (auto& [name, person] : people) {
      notifiers::Plan plan;
      plan.kind = "fake";
      plan.name = name;
      plan.make = [&person = person](const notifiers::Tools& tools) -> std::unique_ptr<notifiers::Notifier> {
        return std::make_unique<Fake>(tools.clock, person);
      };
      settings.notifiers.push_back(std::move(plan));
    }
  }
  ~AlertsTest() override { stop(); }

  void start() {
    Tools tools{
        loop.get_executor(), clock, *random, *pool, registry, events, log, *book, {clock, http}, [this] {
          core::Status status = now;
          status.now = clock.wall();
          return status;
        }};
    core::Resource resource;
    resource.service = "tests-api";
    alerts = std::make_unique<Alerts>(std::move(tools), settings, resource);
    nursery = std::make_unique<async::Nursery>(loop.get_executor());
    nursery->start(alerts->run());
    clock.settle();
  }
  void stop() {
    if (!nursery) return;
    nursery->cancel();
    clock.settle();
    nursery.reset();
    alerts.reset();
  }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  prometheus::Registry registry;
  NoEvents events;
  os::CapturedLog log;
  net::NoClient http;
  std::unique_ptr<durable::Book> book = durable::make_memory_book();
  std::map<std::string, Person> people{{"chat", {}}, {"mail", {}}};
  Settings settings;
  core::Status now = well();
  std::unique_ptr<Alerts> alerts;
  std::unique_ptr<async::Nursery> nursery;
};

}  // namespace outrider::alert::testing
