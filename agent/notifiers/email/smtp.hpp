// One mail over SMTP (RFC 5321), with STARTTLS or TLS from the first byte, and AUTH PLAIN or LOGIN.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/net/streams/stream.hpp"
#include "agent/notifiers/email/letter.hpp"
#include "agent/notifiers/shelf.hpp"

#include <string>
#include <vector>

namespace outrider::notifiers::email {

enum class Security { starttls, tls, none };

struct Server {
  std::string address;  // "mail.school.example:587"
  Security security = Security::starttls;
  std::string user;  // empty: nobody
  config::Secret password;
  std::string hello = "localhost";  // who we say we are
  net::TlsTrust trust;
  core::Duration timeout = std::chrono::seconds(10);
};

// How a login is written on the wire: for PLAIN, and the password of LOGIN.
std::vector<std::string> login_words(const std::string& user, const std::string& password);

// Says what the server said in the end. `target` is whom errors name.
core::Task<Delivery> send_mail(const Tools& tools, Server server, std::string target, Envelope envelope,
                               std::string mail);

}  // namespace outrider::notifiers::email
