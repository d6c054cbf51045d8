// A message as JSON to any address, signed so that the receiver can tell that it is ours and not old
// (standardwebhooks.com: webhook-id, webhook-timestamp, webhook-signature).
#pragma once

#include "agent/config/secret.hpp"
#include "agent/notifiers/shelf.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::notifiers::webhook {

struct Settings {
  std::string name;
  config::Secret url;  // what lets one in often stands in it
  std::vector<std::pair<std::string, config::Secret>> headers;
  config::Secret key;  // of the signature; not set: unsigned
  std::string body;    // a template; empty: the whole message
  core::Duration timeout = std::chrono::seconds(10);
  std::optional<net::TlsTrust> tls;
};

std::unique_ptr<Notifier> make(const Tools& tools, Settings settings);

// The body that is sent when there is no template.
std::string body_of(const Message& message);

// {{sentence}} and the like, each as it stands between the quotes of a JSON text.
std::string fill_in(std::string_view text, const Message& message);
// The first name in {{…}} that nobody knows; empty: none.
std::string unknown_name(std::string_view text);

// "v1,…" of this id, time in Unix seconds and body. A key "whsec_…" is read as base64, any other as it is.
std::string signature(const std::string& key, std::string_view id, std::string_view seconds,
                      std::string_view body);

}  // namespace outrider::notifiers::webhook
