// One service on a good day, on a bad day, and before anything is known: what the faces' tests render.
#pragma once

#include "agent/core/status.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace outrider::testing {

using namespace std::chrono_literals;

inline constexpr core::WallTime noon{1'795'262'400s};  // 2026-11-21T12:00:00Z

inline core::Event event(std::uint64_t sequence, core::Duration ago, core::EventKind kind,
                         std::string subject, std::string sentence) {
  core::Event made;
  made.sequence = sequence;
  made.wall = noon - ago;
  made.kind = kind;
  made.subject = std::move(subject);
  made.sentence = std::move(sentence);
  return made;
}

inline core::ProbeStatus sample_probe(std::string name, std::string kind, std::string target) {
  core::ProbeStatus made;
  made.name = std::move(name);
  made.kind = std::move(kind);
  made.target = std::move(target);
  made.last = core::Standing::ok;
  made.detail = "HTTP 200";
  made.took = 4ms;
  made.asked = noon - 2s;
  made.state = core::State::healthy;
  made.why = "answered 3 times in a row";
  made.asked_total = 8124;
  return made;
}

inline core::Status healthy_status() {
  using enum core::EventKind;
  core::Status status;
  status.agent = {4710, 7'340'032, 31, 12.5};
  status.resource = {"tests-api", "school", "1.4.2", "production", "tests-api-7d9f", "node-3"};
  status.agent_version = "0.1.0";
  status.now = noon;
  status.started = noon - 76h;
  status.sentence = "tests-api is healthy; 2 of 2 probes ok; nothing was lost";
  status.state = core::State::healthy;
  status.ready = true;
  status.service.name = "tests-api";
  status.service.phase = "running";
  status.service.pid = 4711;
  status.service.since = noon - 3h - 12min;
  status.service.state = core::State::healthy;
  status.service.why = "ready answered 3 times in a row";
  status.service.restarts_total = 2;
  status.service.budget_left = 4;
  status.service.budget = 5;
  status.service.budget_text = "5 per 1h";
  status.service.last_exit = "killed by signal 9 (SIGKILL)";
  status.service.last_decision = "restarted at once: it had run for 2 h";
  status.service.last_restart = noon - 3h - 12min;
  status.service.last_restart_reason = "it was killed by signal 9 (SIGKILL) after 2 h";
  status.probes = {sample_probe("ready", "http", "http://127.0.0.1:8080/healthz"),
                   sample_probe("database", "tcp", "127.0.0.1:5432")};
  status.probes[1].dependency = true;
  status.probes[1].detail = "connected";
  status.streams = {{"tests-api output", "file /var/log/tests-api.log", 120'394, 120'390, 0, 4, ""}};
  status.scrapes = {{"http://127.0.0.1:8080/metrics", core::Standing::ok, "412 samples", 412, noon - 9s}};
  status.rivers = {{"decide", 120us, true}, {"carry", 900us, true}};
  status.timeline = {
      event(1, 76h, lifecycle, "outrider", "outrider 0.1.0 started"),
      event(2, 76h - 1s, action, "tests-api", "tests-api was started: pid 3920"),
      event(3, 3h + 12min, lifecycle, "tests-api", "tests-api died: killed by signal 9 (SIGKILL)"),
      event(4, 3h + 12min - 20ms, decision, "tests-api", "restarted at once: it had run for 2 h"),
      event(5, 3h + 12min - 2s, health, "tests-api",
            "tests-api is healthy: ready answered 3 times in a row")};
  status.config_path = "/etc/outrider/outrider.yaml";
  status.config_hash = "9f2c41d07be8";
  status.audit_entries = 14;
  return status;
}

inline core::Status sick_status() {
  using enum core::EventKind;
  core::Status status = healthy_status();
  status.state = core::State::sick;
  status.sentence = "tests-api is sick: ready failed 3 times in a row (HTTP 503)";
  status.service.phase = "waiting";
  status.service.pid = 0;
  status.service.since = noon - 4s;
  status.service.state = core::State::sick;
  status.service.why = "ready failed 3 times in a row (HTTP 503)";
  status.service.budget_left = 0;
  status.service.restarts_total = 7;
  status.service.last_decision = "not restarted: the budget of 5 per 1h is spent";
  status.service.next_attempt = noon + 6min;
  status.probes[0].last = core::Standing::not_ok;
  status.probes[0].state = core::State::sick;
  status.probes[0].detail = "HTTP 503";
  status.probes[0].why = "failed 3 times in a row: HTTP 503";
  status.probes[1].last = core::Standing::unknown;
  status.probes[1].state = core::State::unknown;
  status.probes[1].detail = "no descriptors left";
  status.probes[1].why = "could not be asked";
  status.streams[0].dropped = 17;
  status.streams[0].in_flight = 4096;
  status.streams[0].trouble = "cannot write /var/log/tests-api.log: No space left on device";
  status.scrapes[0].up = core::Standing::not_ok;
  status.scrapes[0].detail = "connection refused";
  status.rivers[1] = {"carry", 12s, false};
  status.audit_trouble = "cannot write the audit journal: No space left on device";
  status.ready = false;
  status.not_ready_because = "the audit journal cannot be written";
  status.timeline.push_back(event(6, 6s, health, "tests-api", status.sentence));
  status.timeline.push_back(event(7, 4s, decision, "tests-api", status.service.last_decision));
  status.timeline.push_back(event(8, 3s, trouble, "audit", status.audit_trouble));
  status.timeline.push_back(
      event(9, 2s, operator_command, "tests-api", "alice asked for a restart: the pool is stuck"));
  return status;
}

// A default-made status with only the time filled in: nothing has been asked yet.
inline core::Status unknown_status() {
  core::Status status;
  status.now = noon;
  return status;
}

// Compares with tests/golden/faces/<name>; OUTRIDER_REWRITE_GOLDEN=1 writes it instead.
inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = "tests/golden/faces/" + name;
  if (std::getenv("OUTRIDER_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << actual;
    return;
  }
  std::ifstream file(path);
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(expected.str(), actual)
      << "when this is meant: OUTRIDER_REWRITE_GOLDEN=1 and look at the diff of " << path;
}

}  // namespace outrider::testing
