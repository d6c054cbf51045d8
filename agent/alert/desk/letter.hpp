// From an alert to what is told of it: words, labels and links. Pure.
#pragma once

#include "agent/alert/desk/record.hpp"
#include "agent/alert/settings.hpp"
#include "agent/core/resource.hpp"
#include "agent/notifiers/message.hpp"

#include <string>
#include <string_view>

namespace outrider::alert {

struct Sender {
  core::Resource resource;
  Places places;
};

notifiers::Message letter(const Sender& sender, const Alert& alert, notifiers::Stage stage, std::string note,
                          core::WallTime now);
notifiers::Message test_letter(const Sender& sender, std::string_view who, core::WallTime now);
notifiers::Message heartbeat_letter(const Sender& sender, core::Duration every, core::WallTime now);

// What may change while an alert lasts and is worth saying: two letters with the same words need not both be
// sent.
std::string words_of(const Alert& alert);

}  // namespace outrider::alert
