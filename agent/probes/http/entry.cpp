#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/report.hpp"
#include "agent/config/schema.hpp"
#include "agent/probes/http/http_probe.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::probes::http {
namespace {

using config::Kind;
using config::Secret;

// As it is written; Settings is what becomes of it.
struct Written {
  std::string url;
  std::string method = "GET";
  std::vector<StatusRange> status{StatusRange{}};
  std::string body_contains;
  std::vector<std::pair<std::string, Secret>> headers;
  std::optional<net::TlsTrust> tls;
};

Kind<StatusRange> status_range() {
  return Kind<StatusRange>(
      [](const config::Node& node, config::Report& report) -> std::optional<StatusRange> {
        const auto range = node.is_scalar() ? read_status(node.text()) : std::nullopt;
        if (!range) {
          report.add(node.place(), fmt::format("`status` must be a code such as 204 or a range such as "
                                               "200-299, from 100 to 599, not {}",
                                               node.written()));
        }
        return range;
      },
      [] { return config::any_of_schema({config::whole(100, 599).describe(), config::text().describe()}); });
}

Kind<std::vector<StatusRange>> status() {
  const std::function<std::vector<StatusRange>(StatusRange)> alone = [](StatusRange range) {
    return std::vector<StatusRange>{range};
  };
  return config::either(status_range().as<std::vector<StatusRange>>(alone),
                        config::list_of(status_range(), 1, 50));
}

// In the open, or {file: …} and {env: …} for what must not be seen.
Kind<Secret> header_value() {
  const std::function<Secret(std::string)> hide = [](std::string text) { return Secret(std::move(text)); };
  return config::either(config::text().as<Secret>(hide), config::secret());
}

std::optional<config::Complaint> bad_header(const Written& written) {
  constexpr std::string_view token =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const auto& [name, value] : written.headers) {
    if (name.empty() || name.find_first_not_of(token) != std::string::npos) {
      return config::Complaint{"headers", fmt::format("\"{}\" cannot be the name of a header", name)};
    }
    if (value.reveal().find_first_of("\r\n") != std::string::npos) {
      return config::Complaint{"headers", fmt::format("the header {} must be one line", name)};
    }
  }
  return std::nullopt;
}

std::optional<config::Complaint> unread_body(const Written& written) {
  if (written.method != "HEAD" || written.body_contains.empty()) return std::nullopt;
  return config::Complaint{"body_contains", "`body_contains` cannot be met: the answer to HEAD has no body"};
}

std::optional<config::Complaint> tls_for_nothing(const Written& written) {
  if (!written.tls) return std::nullopt;
  if (written.url.starts_with("http:")) {
    return config::Complaint{"tls", "`tls` has no meaning for an http URL; use https"};
  }
  if (written.tls->certificate.empty() != written.tls->key.empty()) {
    return config::Complaint{"tls", "`certificate` and `key` belong together: give both or neither"};
  }
  return std::nullopt;
}

Kind<net::TlsTrust> trust() {
  return config::Object<net::TlsTrust>()
      .optional("authority", &net::TlsTrust::authority, config::path(),
                "PEM file of the authority to believe")
      .optional("certificate", &net::TlsTrust::certificate, config::path(), "PEM file of our certificate")
      .optional("key", &net::TlsTrust::key, config::path(), "PEM file of our key")
      .optional("server_name", &net::TlsTrust::server_name, config::text(),
                "the name expected in the server's certificate; the host of the URL when left out")
      .optional("verify", &net::TlsTrust::verify, config::yes_or_no(),
                "false believes any certificate: for tests only");
}

Kind<Written> long_form() {
  using Method = std::string;
  const std::vector<std::pair<std::string, Method>> methods{
      {"GET", "GET"}, {"HEAD", "HEAD"}, {"POST", "POST"}, {"OPTIONS", "OPTIONS"}};
  return config::Object<Written>()
      .required("url", &Written::url, config::url({"http", "https"}), "what to ask")
      .optional("method", &Written::method, config::choice<Method>(methods), "how to ask")
      .optional("status", &Written::status, status(), "the answers that count as ok: codes and ranges")
      .optional("body_contains", &Written::body_contains, config::text(), "what the body must hold as well")
      .optional("headers", &Written::headers, config::map_of(header_value()), "what to send along")
      .optional("tls", &Written::tls, trust(), "how to trust an https server, and who to be")
      .rule(bad_header)
      .rule(unread_body)
      .rule(tls_for_nothing);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Written(std::string)> of_url = [](std::string url) {
    Written written;
    written.url = std::move(url);
    return written;
  };
  const std::function<Maker(Written)> to_maker = [](const Written& written) -> Maker {
    Settings settings{written.url, written.method, written.status, written.body_contains, {}, written.tls};
    for (const auto& [name, value] : written.headers) settings.headers.emplace_back(name, value.reveal());
    return [settings](const Tools& tools) { return make_probe(settings, tools); };
  };
  const Kind<Written> short_form = config::url({"http", "https"}).as<Written>(of_url);
  shelf.put({"http", "ask a URL; the status, and where wanted the body, is the answer",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::http
