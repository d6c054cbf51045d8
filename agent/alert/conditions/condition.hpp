// What is wrong, as data: read off what the faces show. Pure.
//
// Another room's facts become alerts by one more line in condition.cpp. Three-valued: what is wrong is a
// condition; what is not known is in `unclear`, so that nobody takes its absence for an end.
#pragma once

#include "agent/core/event.hpp"
#include "agent/core/status.hpp"

#include <string>
#include <vector>

namespace outrider::alert {

struct Condition {
  std::string key;        // "ServiceDown/tests-api": one alert each
  std::string name;       // "ServiceDown"
  std::string runbook;    // the page that helps; empty: none
  std::string component;  // "service", "probe", "recovery", "telemetry", "agent"
  core::Severity severity = core::Severity::warning;
  std::string subject;       // "tests-api"
  std::string sentence;      // "tests-api is sick"
  std::string why;           // "HTTP 503"; may be empty
  std::string next;          // what to do; may be empty
  std::string cause{};       // the key of what explains it; counts when that is there, too
  bool is_acted_on = false;  // what was decided and done belongs into what is told of it
  std::string incident{};    // the id of the one that belongs to it; may be empty
  std::string expected{};    // "maintenance until …": somebody has said that it would be so; else empty
};

struct View {
  std::vector<Condition> conditions;
  std::vector<std::string> unclear;  // beginnings of keys of which nothing can be said now
  std::vector<core::Event> deeds;    // decisions and actions, oldest first
};

View view_of(const core::Status& status);

// What explains each condition in the end, when that is another one of them: its key; else empty. In the
// order of `conditions`. A circle explains nothing.
std::vector<std::string> roots_of(const std::vector<Condition>& conditions);

}  // namespace outrider::alert
