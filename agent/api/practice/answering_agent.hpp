// For tests: an agent that answers what the test says, and keeps what it was asked.
#pragma once

#include "agent/core/commands.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace outrider::api {

class AnsweringAgent final : public core::Commands {
 public:
  explicit AnsweringAgent(core::Clock& clock) : clock_(clock) {}

  core::Status status() override { return shown; }

  core::Task<std::vector<core::Event>> events_after(std::uint64_t after, core::Duration limit) override {
    std::vector<core::Event> found = newer_than(after);
    if (found.empty() && limit > core::Duration::zero()) {
      co_await clock_.sleep(std::min(limit, news_in));
      found = newer_than(after);
    }
    co_return found;
  }

  core::Task<core::Outcome<std::string>> restart(core::Operator who, bool even_without_budget) override {
    asked.push_back("restart by " + who.name + ": " + who.reason + (even_without_budget ? " (forced)" : ""));
    co_return answer;
  }

  core::Task<void> refused(core::Refused refused) override {
    not_let_in.push_back(refused.who + " at " + refused.what + ": " + refused.why);
    co_return;
  }

  core::Task<core::Outcome<std::string>> reload(core::Operator who) override {
    asked.push_back("reload by " + who.name + ": " + who.reason);
    co_return answer;
  }

  core::Task<core::Outcome<core::GateAnswer>> gate(core::GateQuestion question) override {
    asked.push_back("check " + question.check + " with " + question.require + " by " + question.override_by);
    core::GateAnswer said{2, "RECOVERY rpo CRITICAL - late", "late\n", R"({"code": 2})", "e30.e30.AA", ""};
    if (!question.audience.empty()) asked.push_back("for " + question.audience + ", nonce " + question.nonce);
    if (no_key) {
      said.token.clear();
      said.unsigned_because = "cannot open the signing key";
    }
    co_return said;
  }

  core::Outcome<std::string> begin_alarm_drill(core::Operator who, core::AlarmQuestion question) override {
    asked.push_back("alarms of " + question.catalog + " by " + who.name +
                    (question.restore ? ", restoring" : "") + (question.notifier ? ", notifying" : ""));
    return std::string("20261121-142614");
  }
  core::Outcome<std::string> alarm_drill() override {
    return std::string(R"({"running": "20261121-142614"})");
  }

  core::Status shown;
  core::Outcome<std::string> answer = "tests-api was restarted";
  std::vector<std::string> asked;
  std::vector<std::string> not_let_in;
  core::Duration news_in = std::chrono::hours(1);
  bool no_key = false;

 private:
  std::vector<core::Event> newer_than(std::uint64_t after) const {
    std::vector<core::Event> found;
    for (const core::Event& event : shown.timeline) {
      if (event.sequence > after) found.push_back(event);
    }
    return found;
  }

  core::Clock& clock_;
};

}  // namespace outrider::api
