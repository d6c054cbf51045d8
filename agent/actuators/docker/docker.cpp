#include "agent/actuators/docker/docker.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::actuators::docker {
namespace {

using namespace std::chrono_literals;
using core::Outcome;
using core::Task;

// How long docker may say nothing before we look by ourselves.
constexpr core::Duration look_anyway_after = 30s;
constexpr core::Duration look_again_after = 500ms;

class DockerPlace final : public Place {
 public:
  DockerPlace(const Tools& tools, Settings settings, core::Duration stop_timeout)
      : clock_(tools.clock),
        settings_(std::move(settings)),
        stop_timeout_(stop_timeout),
        engine_(*tools.http, settings_.socket, settings_.container) {}

  Task<Outcome<Seen>> look() override {
    const auto container = co_await engine_.inspect(settings_.timeout);
    if (!container && container.error().code == core::Errc::not_found) co_return gone();
    if (!container) co_return core::fail("cannot tell whether " + target() + " runs", container.error());
    policy_ = container->restart_policy;
    Seen seen = seen_of(*container);
    runs_ = seen.runs;
    co_return seen;
  }

  Task<void> news() override {
    if (runs_) {
      const auto ended = co_await engine_.until_ended(look_anyway_after);
      if (ended || ended.error().code == core::Errc::timed_out) co_return;
    }
    co_await clock_.sleep(look_again_after);
  }

  Task<Outcome<>> start() override { return post("start", "start", settings_.timeout); }

  // Docker would kill it by itself; when its time is up, supervise says so.
  Task<Outcome<>> stop() override {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(stop_timeout_).count() + 5;
    return post("stop", fmt::format("stop?t={}", seconds), settings_.timeout + std::chrono::seconds(seconds));
  }
  Task<Outcome<>> kill() override { return post("kill", "kill?signal=KILL", settings_.timeout); }
  Task<Outcome<>> signal(int number) override {
    return post("send a signal to", fmt::format("kill?signal={}", number), settings_.timeout);
  }

  std::string target() const override { return "container " + settings_.container; }
  std::string manager() const override {
    if (policy_.empty() || policy_ == "no") return "docker";
    return fmt::format("docker (its restart policy is {})", policy_);
  }

 private:
  Seen gone() {
    runs_ = false;
    Seen seen;
    seen.sentence = "is no more: docker knows no container of that name";
    seen.how.unknown = true;
    seen.how.detail = "the container was removed";
    return seen;
  }

  Task<Outcome<>> post(std::string verb, std::string what, core::Duration limit) {
    const auto done = co_await engine_.post(std::move(what), limit);
    if (done) co_return Outcome<>();
    core::Error error = done.error().during(fmt::format("cannot {} {}", verb, target()));
    if (error.code == core::Errc::not_found)
      error.hint = "making a container is not outrider's work: `docker create` it, or let compose do so";
    co_return core::fail(std::move(error));
  }

  core::Clock& clock_;
  Settings settings_;
  core::Duration stop_timeout_;
  Engine engine_;
  std::string policy_;
  bool runs_ = false;
};

}  // namespace

Seen seen_of(const Container& container) {
  Seen seen;
  seen.comes_back = container.restarting;
  seen.runs = container.running && !container.restarting;
  seen.pid = seen.runs ? container.pid : 0;
  seen.identity = container.id + "@" + container.started_at;
  seen.sentence = "is " + container.status;
  if (!container.health.empty() && container.health != "none")
    seen.sentence += fmt::format(" ({})", container.health);
  seen.how.exited = true;
  seen.how.code = container.exit_code;
  seen.how.out_of_memory = container.out_of_memory;
  seen.how.detail = container.error;
  if (!seen.runs && container.status != "created") seen.sentence += ": it " + seen.how.sentence();
  return seen;
}

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings, core::Duration stop_timeout) {
  return std::make_unique<DockerPlace>(tools, std::move(settings), stop_timeout);
}

}  // namespace outrider::actuators::docker
