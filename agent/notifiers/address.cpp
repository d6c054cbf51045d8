#include "agent/notifiers/address.hpp"

#include "agent/config/kinds.hpp"
#include "agent/net/endpoint.hpp"

#include <functional>
#include <optional>
#include <string>

namespace outrider::notifiers {
namespace {

using config::Secret;

std::optional<std::string> not_a_url(const Secret& secret) {
  const std::string& text = secret.reveal();
  if ((text.starts_with("http://") || text.starts_with("https://")) && net::read_url(text))
    return std::nullopt;
  return "what it holds must be a URL that begins with http:// or https://";
}

}  // namespace

config::Kind<Secret> open_or_secret_url() {
  const std::function<Secret(std::string)> hide = [](std::string text) { return Secret(std::move(text)); };
  return config::either(config::url({"http", "https"}).as<Secret>(hide), secret_url());
}

config::Kind<Secret> secret_url() { return config::secret().check(not_a_url); }

}  // namespace outrider::notifiers
