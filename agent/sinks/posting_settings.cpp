#include "agent/sinks/posting_settings.hpp"

#include "agent/seal/digest.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::sinks {
namespace {

using namespace std::chrono_literals;
using config::Complaint;
using config::Secret;

bool is_one_line(const Secret& secret) {
  return secret.reveal().find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

Secret authorization_of(const WrittenPosting& written) {
  if (written.bearer.is_set()) return Secret("Bearer " + written.bearer.reveal());
  if (written.user.empty()) return {};
  const std::string login = written.user + ":" + written.password.reveal();
  return Secret("Basic " + seal::encode(login, seal::Letters::base64));
}

}  // namespace

std::optional<Complaint> bad_header(const WrittenPosting& written) {
  constexpr std::string_view token =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const auto& [name, value] : written.headers) {
    if (name.empty() || name.find_first_not_of(token) != std::string::npos)
      return Complaint{"headers", fmt::format("\"{}\" cannot be the name of a header", name)};
    if (!is_one_line(value)) return Complaint{"headers", fmt::format("the header {} must be one line", name)};
  }
  return std::nullopt;
}

std::optional<Complaint> bad_login(const WrittenPosting& written) {
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

std::optional<Complaint> tls_for_nothing(const WrittenPosting& written) {
  if (!written.tls || written.urls.empty()) return std::nullopt;
  if (written.urls.front().starts_with("http:"))
    return Complaint{"tls", "`tls` has no meaning for an http URL; use https"};
  if (written.urls.front().starts_with("grpc:"))
    return Complaint{"tls", "`tls` has no meaning for a grpc URL; use grpcs"};
  return std::nullopt;
}

PostingSettings WrittenPosting::settings() const {
  return {urls, method, headers, authorization_of(*this), gzip, batch_bytes, timeout, tls};
}

config::Object<WrittenPosting> with_posting_keys(config::Object<WrittenPosting> keys) {
  using Written = WrittenPosting;
  return with_receiver_keys(std::move(keys))
      .optional("gzip", &Written::gzip, config::yes_or_no(), "pack the body")
      .optional("batch_bytes", &Written::batch_bytes, config::bytes(1024, 64u << 20),
                "how many bytes one request brings at most, unpacked; what is longer goes alone")
      .optional("buffer", &Written::buffer, config::bytes(64 * 1024, 1u << 30),
                "how many bytes may wait in memory while it takes nothing");
}

config::Kind<std::vector<std::string>> only_url(const config::Kind<std::string>& url) {
  const std::function<std::vector<std::string>(std::string)> alone = [](std::string one) {
    return std::vector<std::string>{std::move(one)};
  };
  return url.as<std::vector<std::string>>(alone);
}

}  // namespace outrider::sinks
