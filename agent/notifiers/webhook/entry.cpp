#include "agent/config/tls_trust.hpp"
#include "agent/notifiers/address.hpp"
#include "agent/notifiers/discreet.hpp"
#include "agent/notifiers/usual.hpp"
#include "agent/notifiers/webhook/webhook.hpp"

#include <fmt/format.h>

namespace outrider::notifiers::webhook {

void enter(Shelf& shelf);

namespace {

using config::Complaint;
using config::Secret;

struct Written : Usual {
  Secret url;
  std::vector<std::pair<std::string, Secret>> headers;
  Secret key;
  std::string body;
  std::optional<net::TlsTrust> tls;
  bool only_heartbeats = false;
};

std::optional<Complaint> bad_header(const Written& written) {
  for (const auto& [name, value] : written.headers) {
    if (!is_one_line(name) || !is_one_line(value.reveal()) || name.find(':') != std::string::npos)
      return Complaint{"headers", fmt::format("\"{}\" cannot be a header, or is more than one line", name)};
  }
  return std::nullopt;
}

std::optional<Complaint> bad_body(const Written& written) {
  const std::string name = unknown_name(written.body);
  if (name.empty()) return std::nullopt;
  return Complaint{
      "body", fmt::format("`body` holds {{{{{}}}}}, which is nothing; there are sentence, headline, details, "
                          "severity, stage, name, subject, why, next, note, id, alert, began, at",
                          name)};
}

Plan to_plan(const Written& written) {
  Plan plan = plan_of("webhook", written);
  plan.takes_heartbeats = true;
  plan.only_heartbeats = written.only_heartbeats;
  Settings settings{plan.name,    written.url,     written.headers, written.key,
                    written.body, written.timeout, written.tls};
  std::vector<Secret> secrets{written.url, written.key};
  for (const auto& [header, value] : written.headers) secrets.push_back(value);
  plan.make = discreet([settings](const Tools& tools) { return make(tools, settings); }, std::move(secrets));
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  config::Object<Written> object;
  usual(object);
  object.required("url", &Written::url, open_or_secret_url(), "where it is posted")
      .optional("headers", &Written::headers, config::map_of(config::open_or_secret()), "what to send along")
      .optional("key", &Written::key, config::secret(),
                "with which each message is signed (standardwebhooks.com); whsec_… or any text")
      .optional(
          "body", &Written::body, config::text(),
          "a JSON text with {{sentence}}, {{severity}} and so on in it; the whole message when left out")
      .optional("only_heartbeats", &Written::only_heartbeats, config::yes_or_no(),
                "it is there for `heartbeat` and is told of nothing else")
      .optional("tls", &Written::tls, config::tls_trust<net::TlsTrust>(),
                "how to trust an https receiver, and who to be")
      .rule(bad_header)
      .rule(bad_body);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"webhook", "any address over HTTP, signed", object.kind().as<Plan>(turn)});
}

}  // namespace outrider::notifiers::webhook
