// For tests of commands: the agent as a command sees it answers in turn what the test has put down.
#pragma once

#include "agent/async/timer_call.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"

#include <deque>
#include <utility>
#include <vector>

namespace outrider::cli {

struct Script {
  std::deque<core::Outcome<net::Response>> answers;
  std::vector<net::Request> asked;
};

class ScriptedAgent final : public net::Client {
 public:
  explicit ScriptedAgent(Script& script) : script_(script) {}

  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration) override {
    script_.asked.push_back(std::move(request));
    if (script_.answers.empty()) co_return core::fail(core::Errc::unavailable, "nothing is there");
    auto answer = std::move(script_.answers.front());
    script_.answers.pop_front();
    co_return answer;
  }

 private:
  Script& script_;
};

// Whoever sleeps has slept, and no time has passed.
class StandingClock : public core::Clock {
 public:
  core::Instant now() const override { return {}; }
  core::WallTime wall() const override { return {}; }
  core::Task<void> sleep_until(core::Instant) override { co_return; }
  std::unique_ptr<core::DueCall> call_at(async::Executor river, core::Instant when,
                                         std::function<void()> what) override {
    return async::call_by_timer(std::move(river), when, std::move(what));
  }
};

}  // namespace outrider::cli
