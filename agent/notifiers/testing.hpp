// For this shelf's tests: a notifier's world in virtual time, and messages to tell.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/notifiers/shelf.hpp"
#include "agent/os/sim_clock.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace outrider::notifiers::testing {

inline Message message(Stage stage = Stage::firing) {
  Message message;
  message.id = "ServiceDown/tests-api@2026-11-21T11:26:03.512Z.1";
  message.alert = "ServiceDown/tests-api@2026-11-21T11:26:03.512Z";
  message.stage = stage;
  message.name = "ServiceDown";
  message.severity = core::Severity::critical;
  message.subject = "tests-api";
  message.sentence = "tests-api is sick";
  message.why = "probe ready: HTTP 503 <b>\"no & such\"</b>";
  message.done = {"tests-api is restarted: probe ready failed 3 times", "restarted: process 4711"};
  message.explains = {"the restart budget of tests-api (5 per 1h) is spent"};
  message.next = "outrider status";
  message.labels = {{"alertname", "ServiceDown"},  {"severity", "critical"}, {"component", "service"},
                    {"subject", "tests-api"},      {"service", "tests-api"}, {"namespace", "school"},
                    {"environment", "production"}, {"instance", "10.0.0.7"}, {"host", "node1"}};
  message.links = {{"Runbook", "https://runbooks.example/ServiceDown"},
                   {"Dashboard", "https://grafana.example/d/x?var-service=tests-api&from=now-3h"}};
  message.began = core::WallTime(std::chrono::milliseconds(1'795'260'363'512));
  message.at = message.began + std::chrono::seconds(200);
  if (stage == Stage::acknowledged) message.note = "acknowledged by alice: I look at it";
  return message;
}

struct House {
  House() = default;
  House(const House&) = delete;
  House& operator=(const House&) = delete;
  ~House() {
    deliveries.cancel();
    nursery.cancel();
    clock.settle();
  }

  // What comes of it within a minute; nothing: it still goes on.
  std::optional<Delivery> deliver(Notifier& notifier, Message message, std::string trail = {}) {
    came.reset();
    deliveries.start(tell(notifier, std::move(message), std::move(trail), came));
    const core::Instant end = clock.now() + std::chrono::minutes(1);
    clock.settle();
    while (!came && clock.now() < end) clock.advance(std::chrono::milliseconds(50));
    return came;
  }

  static core::Task<void> tell(Notifier& notifier, Message message, std::string trail,
                               std::optional<Delivery>& came) {
    came = co_await notifier.deliver(std::move(message), std::move(trail));
  }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  net::SimNet net{clock};
  std::unique_ptr<net::Client> http = net.make_client();
  net::SimStreams streams{clock, loop.get_executor()};
  Tools tools{clock, *http, streams};
  std::optional<Delivery> came;
  async::Nursery nursery{loop.get_executor()};     // of the other side
  async::Nursery deliveries{loop.get_executor()};  // of ours
};

}  // namespace outrider::notifiers::testing
