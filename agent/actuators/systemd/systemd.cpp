#include "agent/actuators/systemd/systemd.hpp"

#include "agent/actuators/systemd/bus/bus.hpp"
#include "agent/actuators/systemd/unit.hpp"
#include "agent/async/race.hpp"

#include <csignal>
#include <utility>

namespace outrider::actuators::systemd {
namespace {

using namespace std::chrono_literals;
using core::Outcome;
using core::Task;

constexpr core::Duration look_anyway_after = 30s;
constexpr core::Duration connect_again_after = 1s;

class SystemdPlace final : public Place {
 public:
  SystemdPlace(const Tools& tools, Settings settings) : clock_(tools.clock), settings_(std::move(settings)) {}

  Task<Outcome<Seen>> look() override {
    const auto properties = co_await ask();
    if (!properties) {
      bus_.reset();
      co_return core::fail("cannot tell whether " + target() + " runs", properties.error());
    }
    Seen seen = seen_of(*properties);
    invocation_ = seen.identity;
    co_return seen;
  }

  Task<void> news() override {
    if (!bus_) co_return co_await clock_.sleep(connect_again_after);
    Outcome<> heard;
    auto listening = listen(heard);
    co_await async::finish_within(clock_, look_anyway_after, std::move(listening));
    if (!heard) bus_.reset();
  }

  Task<Outcome<>> start() override {
    auto running = run("StartUnit", "start");
    co_return co_await std::move(running);
  }
  Task<Outcome<>> stop() override {
    auto running = run("StopUnit", "stop");
    co_return co_await std::move(running);
  }
  bool can_restart() const override { return true; }
  Task<Outcome<>> restart() override {
    auto running = run("RestartUnit", "restart");
    co_return co_await std::move(running);
  }
  Task<Outcome<>> kill() override { return send(true, SIGKILL); }
  Task<Outcome<>> signal(int number) override { return send(false, number); }

  std::string target() const override { return "unit " + settings_.unit; }
  std::string manager() const override { return "systemd"; }

 private:
  Task<Outcome<>> connect() {
    if (bus_) co_return Outcome<>();
    auto opening = Bus::open(clock_, settings_.bus, settings_.unit, settings_.timeout);
    auto bus = co_await std::move(opening);
    if (!bus) co_return core::fail(bus.error());
    bus_ = std::move(*bus);
    co_return Outcome<>();
  }

  Task<Outcome<Properties>> ask() {
    const auto connected = co_await connect();
    if (!connected) co_return core::fail(connected.error());
    auto of_unit = bus_->properties("org.freedesktop.systemd1.Unit", settings_.timeout);
    auto all = co_await std::move(of_unit);
    if (!all) co_return core::fail(all.error());
    auto of_service = bus_->properties("org.freedesktop.systemd1.Service", settings_.timeout);
    auto more = co_await std::move(of_service);
    if (more) all->merge(*more);
    // A unit that is not there has no properties of a service; that systemd is not there is another matter.
    const bool is_gone = !more && more.error().code == core::Errc::unavailable;
    if (is_gone) co_return core::fail(more.error());
    co_return std::move(*all);
  }

  Task<void> listen(Outcome<>& heard) { heard = co_await bus_->changed(); }

  Task<Outcome<>> run(std::string verb, std::string word) {
    const std::string cannot = "cannot " + word + " " + target();
    const auto connected = co_await connect();
    if (!connected) co_return core::fail(cannot, connected.error());
    auto running = bus_->run_job(verb, settings_.job_timeout);
    const auto done = co_await std::move(running);
    if (done) co_return Outcome<>();
    core::Error error = done.error().during(cannot);
    const auto properties = co_await ask();
    if (!properties) co_return core::fail(std::move(error));
    const Seen now = seen_of(*properties);
    std::string why = why_not(*properties);
    // After a failure of its own a unit's result stays what it was; but each try has a new invocation.
    const bool was_not_tried = !now.runs && now.identity == invocation_ && !invocation_.empty();
    if (why.empty() && was_not_tried) why = started_too_often;
    error.what += "; " + (why.empty() ? "it " + now.sentence : why);
    co_return core::fail(std::move(error));
  }

  Task<Outcome<>> send(bool all, int number) {
    const std::string cannot = (all ? "cannot kill " : "cannot send a signal to ") + target();
    const auto connected = co_await connect();
    if (!connected) co_return core::fail(cannot, connected.error());
    auto sending = bus_->kill(all, number, settings_.timeout);
    const auto sent = co_await std::move(sending);
    if (!sent) co_return core::fail(cannot, sent.error());
    co_return Outcome<>();
  }

  core::Clock& clock_;
  Settings settings_;
  std::unique_ptr<Bus> bus_;  // while it holds
  std::string invocation_;    // when it was last looked at
};

}  // namespace

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings) {
  return std::make_unique<SystemdPlace>(tools, std::move(settings));
}

}  // namespace outrider::actuators::systemd
