#include "agent/notifiers/trust.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/net/endpoint.hpp"

#include <functional>
#include <optional>
#include <string>

namespace outrider::notifiers {
namespace {

using config::Secret;

std::optional<config::Complaint> half_an_identity(const net::TlsTrust& trust) {
  if (trust.certificate.empty() == trust.key.empty()) return std::nullopt;
  return config::Complaint{trust.key.empty() ? "certificate" : "key",
                           "`certificate` and `key` belong together: give both or neither"};
}

std::optional<std::string> not_a_url(const Secret& secret) {
  const std::string& text = secret.reveal();
  if ((text.starts_with("http://") || text.starts_with("https://")) && net::read_url(text))
    return std::nullopt;
  return "what it holds must be a URL that begins with http:// or https://";
}

}  // namespace

config::Kind<net::TlsTrust> trust() {
  return config::Object<net::TlsTrust>()
      .optional("authority", &net::TlsTrust::authority, config::path(),
                "PEM file of the authority to believe; the system's when left out")
      .optional("certificate", &net::TlsTrust::certificate, config::path(), "PEM file of our certificate")
      .optional("key", &net::TlsTrust::key, config::path(), "PEM file of our key")
      .optional("server_name", &net::TlsTrust::server_name, config::text(),
                "the name expected in the server's certificate; the host of its address when left out")
      .optional("verify", &net::TlsTrust::verify, config::yes_or_no(),
                "false believes any certificate: for tests only")
      .rule(half_an_identity);
}

config::Kind<Secret> open_or_secret() {
  const std::function<Secret(std::string)> hide = [](std::string text) { return Secret(std::move(text)); };
  return config::either(config::text().as<Secret>(hide), config::secret());
}

config::Kind<Secret> open_or_secret_url() {
  const std::function<Secret(std::string)> hide = [](std::string text) { return Secret(std::move(text)); };
  return config::either(config::url({"http", "https"}).as<Secret>(hide), secret_url());
}

config::Kind<Secret> secret_url() { return config::secret().check(not_a_url); }

}  // namespace outrider::notifiers
