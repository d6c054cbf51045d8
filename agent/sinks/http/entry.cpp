#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/tls_trust.hpp"
#include "agent/seal/digest.hpp"
#include "agent/sinks/http/http_sink.hpp"

#include <fmt/format.h>

namespace outrider::sinks::http {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

using config::Complaint;
using config::Secret;

// As it is written; Settings is what becomes of it.
struct Written {
  std::string url;
  std::string method = "POST";
  std::vector<std::pair<std::string, Secret>> headers;
  std::string user;
  Secret password;
  Secret bearer;
  bool gzip = false;
  std::uint64_t batch_bytes = 1u << 20;
  core::Duration timeout = 30s;
  std::optional<net::TlsTrust> tls;
  std::uint64_t buffer = 8u << 20;
  WhenFull when_full = WhenFull::drop_oldest;
};

bool is_one_line(const Secret& secret) {
  return secret.reveal().find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

std::optional<Complaint> bad_header(const Written& written) {
  constexpr std::string_view token =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const auto& [name, value] : written.headers) {
    if (name.empty() || name.find_first_not_of(token) != std::string::npos)
      return Complaint{"headers", fmt::format("\"{}\" cannot be the name of a header", name)};
    if (!is_one_line(value)) return Complaint{"headers", fmt::format("the header {} must be one line", name)};
  }
  return std::nullopt;
}

std::optional<Complaint> bad_login(const Written& written) {
  const bool is_basic = !written.user.empty() || written.password.is_set();
  if (is_basic && written.bearer.is_set())
    return Complaint{"bearer", "give either `user` and `password` or `bearer`"};
  if (written.user.empty() == written.password.is_set())
    return Complaint{"user", "`user` and `password` belong together: give both or neither"};
  if (written.user.find(':') != std::string::npos)
    return Complaint{"user", "a user's name has no colon in it"};
  if (!is_one_line(written.password)) return Complaint{"password", "it must be one line"};
  if (!is_one_line(written.bearer)) return Complaint{"bearer", "it must be one line"};
  return std::nullopt;
}

std::optional<Complaint> tls_for_nothing(const Written& written) {
  if (!written.tls || !written.url.starts_with("http:")) return std::nullopt;
  return Complaint{"tls", "`tls` has no meaning for an http URL; use https"};
}

Secret authorization_of(const Written& written) {
  if (written.bearer.is_set()) return Secret("Bearer " + written.bearer.reveal());
  if (written.user.empty()) return {};
  const std::string login = written.user + ":" + written.password.reveal();
  return Secret("Basic " + seal::encode(login, seal::Letters::base64));
}

Plan to_plan(const Written& written) {
  const Settings settings{written.url,  written.method,      written.headers, authorization_of(written),
                          written.gzip, written.batch_bytes, written.timeout, written.tls};
  return {written.buffer,
          written.when_full,
          [settings](const Tools& tools) { return make(tools, settings); },
          {}};
}

}  // namespace

void enter(Shelf& shelf) {
  using Method = std::string;
  const auto when_full = config::choice<WhenFull>(
      {{"drop_oldest", WhenFull::drop_oldest}, {"drop_newest", WhenFull::drop_newest}});
  const config::Kind<Written> written =
      config::Object<Written>()
          .required("url", &Written::url, config::url({"http", "https"}), "where the lines are sent")
          .optional("method", &Written::method,
                    config::choice<Method>({{"POST", "POST"}, {"PUT", "PUT"}, {"PATCH", "PATCH"}}),
                    "how: POST, PUT or PATCH")
          .optional("headers", &Written::headers, config::map_of(config::open_or_secret()),
                    "what to send along")
          .optional("user", &Written::user, config::text(), "who we are, for Basic authentication")
          .optional("password", &Written::password, config::secret(), "and how that is proven")
          .optional("bearer", &Written::bearer, config::secret(), "a token that is sent instead")
          .optional("gzip", &Written::gzip, config::yes_or_no(), "pack the body")
          .optional("batch_bytes", &Written::batch_bytes, config::bytes(1024, 64u << 20),
                    "how many bytes of lines one request brings at most; a longer line goes alone")
          .optional("timeout", &Written::timeout, config::duration(100ms, 10min),
                    "how long an answer may take")
          .optional("tls", &Written::tls, config::tls_trust<net::TlsTrust>(),
                    "how to trust an https receiver, and who to be")
          .optional("buffer", &Written::buffer, config::bytes(64 * 1024, 1u << 30),
                    "how many bytes may wait in memory while it takes nothing")
          .optional("when_full", &Written::when_full, when_full,
                    "what goes when more than that waits: drop_oldest or drop_newest; each is counted")
          .rule(bad_header)
          .rule(bad_login)
          .rule(tls_for_nothing);
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"http", "any address over HTTP, one JSON document a line", written.as<Plan>(turn)});
}

}  // namespace outrider::sinks::http
