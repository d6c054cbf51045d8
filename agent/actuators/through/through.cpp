#include "agent/actuators/through/through.hpp"

#include "agent/actuators/seen_text.hpp"
#include "agent/core/text.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::actuators::through {
namespace {

using core::Outcome;
using core::Task;

constexpr std::size_t quoted_bytes = 500;

core::Errc code_of(int status) {
  switch (status) {
    case 403: return core::Errc::denied;
    case 404: return core::Errc::not_found;
    case 409: return core::Errc::busy;
    case 429: return core::Errc::exhausted;
    case 504: return core::Errc::timed_out;
    default: return core::Errc::refused;
  }
}

class ThroughPlace final : public Place {
 public:
  ThroughPlace(const Tools& tools, Settings settings)
      : clock_(tools.clock), http_(*tools.http), settings_(std::move(settings)) {}

  Task<Outcome<Seen>> look() override {
    auto asking = ask("look", settings_.timeout);
    const auto answer = co_await std::move(asking);
    if (!answer) co_return core::fail("cannot tell whether " + target() + " runs", answer.error());
    co_return read_seen(*answer);
  }

  Task<void> news() override { co_await clock_.sleep(settings_.every); }

  Task<Outcome<>> start() override { return order("start", settings_.job_timeout); }
  Task<Outcome<>> stop() override { return order("stop", settings_.job_timeout); }
  bool can_restart() const override { return true; }
  Task<Outcome<>> restart() override { return order("restart", settings_.job_timeout); }
  Task<Outcome<>> kill() override { return order("kill", settings_.timeout); }
  Task<Outcome<>> signal(int number) override {
    return order(fmt::format("signal-{}", number), settings_.timeout);
  }

  std::string target() const override { return settings_.name; }
  std::string manager() const override { return "outrider-actuator"; }

 private:
  Task<Outcome<std::string>> ask(std::string verb, core::Duration limit) {
    net::Request request;
    request.method = "POST";
    request.url = fmt::format("unix:{}:/v1/{}/{}", settings_.socket, verb, settings_.name);
    request.headers = {{"Host", "outrider-actuator"}, {"Connection", "close"}};
    const auto response = co_await http_.ask(std::move(request), limit);
    if (!response) {
      core::Error error = response.error().during("cannot ask outrider-actuator");
      error.hint = "is outrider-actuator running, and listening on " + settings_.socket + "?";
      co_return core::fail(std::move(error));
    }
    if (response->status == 200) co_return response->body;
    const std::string words = core::clean_utf8(std::string_view(response->body).substr(0, quoted_bytes));
    co_return core::fail(code_of(response->status), "outrider-actuator says: " + words);
  }

  Task<Outcome<>> order(std::string verb, core::Duration limit) {
    const std::string cannot = fmt::format("cannot {} {}", verb, target());
    auto asking = ask(std::move(verb), limit);
    const auto answer = co_await std::move(asking);
    if (!answer) co_return core::fail(cannot, answer.error());
    co_return Outcome<>();
  }

  core::Clock& clock_;
  net::Client& http_;
  Settings settings_;
};

}  // namespace

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings) {
  return std::make_unique<ThroughPlace>(tools, std::move(settings));
}

}  // namespace outrider::actuators::through
