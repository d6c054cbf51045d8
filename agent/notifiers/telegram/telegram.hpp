// A chat of Telegram, by a bot.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/notifiers/shelf.hpp"

#include <memory>
#include <string>

namespace outrider::notifiers::telegram {

struct Settings {
  std::string name;
  config::Secret token;
  std::string chat;   // "-1001234567890" or "@channel"
  std::string topic;  // of a forum; empty: none
  std::string api = "https://api.telegram.org";
  core::Duration timeout = std::chrono::seconds(10);
};

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings);

// HTML as Telegram knows it, within its bound.
std::string text_of(const Message& message);

}  // namespace outrider::notifiers::telegram
