// Slack, by an incoming webhook (each message a new one), or by a bot's token (one message an alert, changed
// in place as things go on, with a thread below it that says what changed when).
#pragma once

#include "agent/config/secret.hpp"
#include "agent/notifiers/shelf.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace outrider::notifiers::slack {

struct Settings {
  std::string name;
  config::Secret webhook;  // this, or
  config::Secret token;    // this and
  std::string channel;     // this
  std::string api = "https://slack.com/api";
  std::string mention;  // "<!here>", put before what is critical
  core::Duration timeout = std::chrono::seconds(10);
};

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings);

// What stands in the channel: text for the notification, blocks for the eye.
boost::json::object message_body(const Message& message, const std::string& mention);
// What is put into the thread below it.
std::string thread_text(const Message& message);

// What an `"ok": false` of the API means.
struct Meaning {
  Hope hope = Hope::mend;
  std::string_view hint;
};
Meaning meaning_of(std::string_view error);

}  // namespace outrider::notifiers::slack
