// What is kept of an alert, of a silence and of a delivery, and how it is written into the book.
#pragma once

#include "agent/alert/conditions/condition.hpp"
#include "agent/alert/decide.hpp"
#include "agent/notifiers/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::alert {

struct Alert {
  Condition condition;  // as it was seen last
  std::string id;       // "ServiceDown/tests-api@20261121T112603Z"
  Phase phase = Phase::pending;
  Presence presence = Presence::there;
  core::WallTime began{};
  core::WallTime since{};             // of the presence
  std::string explained_by;           // the key of the alert that tells of it
  std::vector<std::string> explains;  // sentences
  std::vector<std::string> done;

  bool was_told = false;
  core::Severity told_severity = core::Severity::fine;
  core::WallTime told_at{};
  core::WallTime first_told_at{};
  std::string told_words;
  bool has_escalated = false;
  std::uint32_t messages = 0;  // ever, of this alert
  std::uint32_t reminders = 0;
  std::string acknowledged_by;  // "alice: I look"; empty: nobody
  core::WallTime acknowledged_at{};
};

struct Silence {
  std::string id;
  std::string what;  // a key, with * for anything
  std::string who;
  std::string reason;
  core::WallTime until{};
};

inline constexpr std::size_t longest_key = 480;  // bytes, in the book

// What one notifier knows of one alert.
struct Trail {
  std::string text;     // its own: the last receipt's
  core::WallTime at{};  // when it heard of it last
};

std::string pack(const Alert& alert);
std::string pack(const Silence& silence);
std::string pack(const Trail& trail);
// Nothing when it was written by somebody else.
std::optional<Alert> unpack_alert(std::string_view packed);
std::optional<Silence> unpack_silence(std::string_view packed);
std::optional<Trail> unpack_trail(std::string_view packed);

// Whether `text` is like `pattern`, in which * stands for anything.
bool is_like(std::string_view pattern, std::string_view text);

}  // namespace outrider::alert
