#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/report.hpp"
#include "agent/config/schema.hpp"
#include "agent/lines/pattern.hpp"
#include "agent/probes/http/http_probe.hpp"
#include "agent/probes/tls_kind.hpp"

#include <limits>

#include <fmt/format.h>

namespace outrider::probes::http {
namespace {

using config::Kind;
using config::Secret;

using Headers = std::vector<std::pair<std::string, Secret>>;

// As it is written; Settings is what becomes of it.
struct Written {
  std::string url;
  std::string method = "GET";
  Headers headers;
  std::optional<net::TlsTrust> tls;
  Redirects redirects = Redirects::weigh;
  std::uint64_t most_body_bytes = Settings{}.most_body_bytes;
  std::vector<StatusRange> status{StatusRange{}};
  std::string body_contains;
  std::string body_matches;
  std::vector<std::pair<std::string, std::string>> json;
  net::Headers answer_headers;
  std::optional<core::Duration> certificate_valid_for;
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

// What a JSON value must be: a text, a number, true or false, in quotes or without.
Kind<std::string> json_value() {
  return Kind<std::string>(
      [](const config::Node& node, config::Report& report) -> std::optional<std::string> {
        if (node.is_scalar()) return node.text();
        report.add(node.place(), fmt::format("{} must be a text, a number, true or false, not {}",
                                             node.title(), node.written()));
        return std::nullopt;
      },
      [] {
        return config::any_of_schema({config::text_schema(), config::flag_schema(),
                                      config::number_schema(std::numeric_limits<double>::lowest(),
                                                            std::numeric_limits<double>::max())});
      });
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
  if (written.method != "HEAD") return std::nullopt;
  const std::string key = !written.body_contains.empty()  ? "body_contains"
                          : !written.body_matches.empty() ? "body_matches"
                          : !written.json.empty()         ? "json"
                                                          : "";
  if (key.empty()) return std::nullopt;
  return config::Complaint{key, "`" + key + "` cannot be met: the answer to HEAD has no body"};
}

std::optional<config::Complaint> tls_for_nothing(const Written& written) {
  const bool is_plain = written.url.starts_with("http:") && written.redirects == Redirects::weigh;
  if (is_plain && written.tls) {
    return config::Complaint{"tls", "`tls` has no meaning for an http URL; use https"};
  }
  if (is_plain && written.certificate_valid_for) {
    return config::Complaint{"certificate_valid_for", "an http URL has no certificate; use https"};
  }
  return half_an_identity(written.tls);
}

Kind<Written> long_form() {
  using Method = std::string;
  const std::vector<std::pair<std::string, Method>> methods{
      {"GET", "GET"}, {"HEAD", "HEAD"}, {"POST", "POST"}, {"OPTIONS", "OPTIONS"}};
  const std::vector<std::pair<std::string, Redirects>> redirects{
      {"weigh", Redirects::weigh}, {"same_host", Redirects::same_host}, {"follow", Redirects::follow}};
  return config::Object<Written>()
      .required("url", &Written::url, config::url({"http", "https"}), "what to ask")
      .optional("method", &Written::method, config::choice<Method>(methods), "how to ask")
      .optional("headers", &Written::headers, config::map_of(config::open_or_secret()), "what to send along")
      .optional("tls", &Written::tls, trust(), "how to trust an https server, and who to be")
      .optional("redirects", &Written::redirects, config::choice<Redirects>(redirects),
                "weigh: a redirect is an answer; same_host, follow: ask where it leads, five times at most")
      .optional("most_body", &Written::most_body_bytes, config::bytes(1, 16UL * 1024 * 1024),
                "a longer body is not read; what is wanted of it is not met then")
      .optional("status", &Written::status, status(), "the answers that count as ok: codes and ranges")
      .optional("answer_headers", &Written::answer_headers, config::map_of(config::text()),
                "headers that the answer must have, and what each must contain")
      .optional("body_contains", &Written::body_contains, config::text(), "what the body must hold as well")
      .optional("body_matches", &Written::body_matches,
                config::text_matching(1, lines::longest_pattern).check(lines::not_a_pattern),
                "an RE2 expression that must be in the body")
      .optional("json", &Written::json, config::map_of(json_value()),
                "what must stand in a JSON body: \"checks.database\": ok")
      .optional("certificate_valid_for", &Written::certificate_valid_for,
                config::duration(std::chrono::minutes(1), std::chrono::hours(24 * 3650)),
                "the server's certificate must last at least so long from now")
      .rule(bad_header)
      .rule(unread_body)
      .rule(tls_for_nothing);
}

Maker to_maker(const Written& written) {
  Settings settings{written.url,
                    written.method,
                    {},
                    written.tls,
                    written.redirects,
                    written.most_body_bytes,
                    {written.status, written.body_contains, written.body_matches, written.json,
                     written.answer_headers, written.certificate_valid_for}};
  for (const auto& [name, value] : written.headers) settings.headers.emplace_back(name, value.reveal());
  return [settings](const Tools& tools) { return make_probe(settings, tools); };
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Written(std::string)> of_url = [](std::string url) {
    Written written;
    written.url = std::move(url);
    return written;
  };
  const Kind<Written> short_form = config::url({"http", "https"}).as<Written>(of_url);
  const std::function<Maker(Written)> make = to_maker;
  shelf.put({"http", "ask a URL; the status, and where wanted headers, body and certificate, are the answer",
             config::either(short_form, long_form()).as<Maker>(make)});
}

}  // namespace outrider::probes::http
