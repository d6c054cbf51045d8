#include "agent/config/tls_trust.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/email/smtp.hpp"
#include "agent/notifiers/usual.hpp"

#include <fmt/format.h>

namespace outrider::notifiers::email {

void enter(Shelf& shelf);

namespace {

using config::Complaint;
using config::Secret;

struct Written : Usual {
  std::string server;
  Security security = Security::starttls;
  std::string user;
  Secret password;
  std::string from;
  std::vector<std::string> to;
  std::string hello;
  net::TlsTrust tls;
};

class Email final : public Notifier {
 public:
  Email(const Tools& tools, std::string name, Server server, Envelope envelope)
      : tools_(tools), name_(std::move(name)), server_(std::move(server)), envelope_(std::move(envelope)) {}

  std::string target() const override { return fmt::format("{} {}", name_, server_.address); }

  core::Task<Delivery> deliver(Message message, std::string) override {
    std::string mail = mail_of(message, envelope_);
    Envelope envelope = envelope_;
    Server server = server_;
    co_return co_await send_mail(tools_, std::move(server), target(), std::move(envelope), std::move(mail));
  }

 private:
  Tools tools_;
  std::string name_;
  Server server_;
  Envelope envelope_;
};

std::optional<Complaint> bad_address(const Written& written) {
  if (!is_address(written.from))
    return Complaint{
        "from",
        fmt::format("`from` must be one address such as outrider@school.example, not \"{}\"", written.from)};
  for (const std::string& to : written.to) {
    if (!is_address(to))
      return Complaint{"to",
                       fmt::format("`to` must hold addresses such as ops@school.example, not \"{}\"", to)};
  }
  return std::nullopt;
}

std::optional<Complaint> bad_login(const Written& written) {
  if (written.user.empty() == written.password.is_set())
    return Complaint{"user", "`user` and `password` belong together: give both or neither"};
  const std::string host = written.server.substr(0, written.server.rfind(':'));
  const bool is_here = host == "127.0.0.1" || host == "localhost" || host == "[::1]";
  if (written.user.empty() || written.security != Security::none || is_here) return std::nullopt;
  return Complaint{"security", "`security` must be starttls or tls: a password is not sent in the open"};
}

std::optional<Complaint> bad_hello(const Written& written) {
  if (written.hello.find_first_of(" \t\r\n") == std::string::npos) return std::nullopt;
  return Complaint{"hello", "`hello` must be one word"};
}

Plan to_plan(const Written& written) {
  Plan plan = plan_of("email", written);
  plan.gap = std::chrono::seconds(2);
  Server server{written.server,
                written.security,
                written.user,
                written.password,
                written.hello.empty() ? written.from.substr(written.from.find('@') + 1) : written.hello,
                written.tls,
                written.timeout};
  const Envelope envelope{written.from, written.to};
  const Make make = [name = plan.name, server, envelope](const Tools& tools) {
    return std::make_unique<Email>(tools, name, server, envelope);
  };
  std::vector<Secret> secrets{written.password};
  for (const std::string& way : login_words(written.user, written.password.reveal()))
    secrets.emplace_back(way);
  plan.make = discreet(make, std::move(secrets));
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  const auto security = config::choice<Security>(
      {{"starttls", Security::starttls}, {"tls", Security::tls}, {"none", Security::none}});
  config::Object<Written> object;
  usual(object);
  object
      .required("server", &Written::server, config::endpoint(), "host:port, such as mail.school.example:587")
      .optional("security", &Written::security, security,
                "starttls (port 587), tls (port 465), or none: in the open")
      .optional("user", &Written::user, config::text_matching(1, 256), "who we are")
      .optional("password", &Written::password, config::secret(), "and how that is proven")
      .required("from", &Written::from, config::text_matching(3, 254), "the sender's address")
      .required("to", &Written::to, config::list_of(config::text_matching(3, 254), 1, 50), "who gets it")
      .optional("hello", &Written::hello, config::text_matching(1, 255),
                "how we name ourselves to the server; the domain of `from` when left out")
      .optional("tls", &Written::tls, config::tls_trust<net::TlsTrust>(), "how to trust the server")
      .rule(bad_address)
      .rule(bad_login)
      .rule(bad_hello);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"email", "a mail, over SMTP", object.kind().as<Plan>(turn)});
}

}  // namespace outrider::notifiers::email
