// What people are told: one message about one alert, in words and as data. Notifiers dress it for where it
// goes.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/severity.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::notifiers {

enum class Stage {
  firing,
  acknowledged,  // somebody looks at it
  resolved,
  test,       // somebody wants to see whether messages arrive
  heartbeat,  // we are alive: whoever stops hearing it calls
};
std::string_view name_of(Stage stage);

struct Link {
  std::string title;  // "Runbook"
  std::string url;

  bool operator==(const Link&) const = default;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Message {
  std::string id;     // of this very message: the same however often it is sent
  std::string alert;  // what it is about: the same in all messages of one alert, from its begin to its end
  Stage stage = Stage::firing;
  std::string name;  // "ServiceDown": as alerts and runbooks are called
  core::Severity severity = core::Severity::warning;
  std::string subject;                // "tests-api"
  std::string sentence;               // what is the case, for somebody who was asleep
  std::string why;                    // may be empty, as may all below
  std::vector<std::string> done;      // what was done about it, oldest first
  std::vector<std::string> explains;  // troubles that come from this one
  std::string next;                   // what to do, or where to look
  std::string note;                   // "acknowledged by alice: I look", "reminder 2"
  Labels labels;
  std::vector<Link> links;
  core::WallTime began{};
  core::WallTime at{};  // when it was decided to send it
  bool quiet = false;   // nothing that anybody must hear now: what stands there may be renewed

  bool operator==(const Message&) const = default;
};

// As one line: "critical: tests-api is down (ServiceDown)", "resolved after 3 min: …".
std::string headline(const Message& message);
// The whole for people, a thought a line, without the links.
std::vector<std::string> lines_of(const Message& message);

// For the outbox: JSON, and nothing when it cannot be read.
std::string pack(const Message& message);
std::optional<Message> unpack(std::string_view packed);

// No longer than `most` bytes, cut between two characters, with "…" where something is missing.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace outrider::notifiers
