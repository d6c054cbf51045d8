// What is said of a receiver over HTTP, and how it is written: the same for every sink that posts.
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/secret.hpp"
#include "agent/config/tls_trust.hpp"
#include "agent/net/http.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::sinks {

struct PostingSettings {
  std::vector<std::string> urls;  // one at least
  std::string method = "POST";
  std::vector<std::pair<std::string, config::Secret>> headers;
  config::Secret authorization;  // the header's value; may be not set
  bool gzip = false;
  std::uint64_t batch_bytes = 1u << 20;  // of a request, unpacked
  core::Duration timeout = std::chrono::seconds(30);
  std::optional<net::TlsTrust> tls;
};

// As it is written; PostingSettings is what becomes of it.
struct WrittenPosting {
  std::vector<std::string> urls;
  std::string method = "POST";
  std::vector<std::pair<std::string, config::Secret>> headers;
  std::string user;
  config::Secret password;
  config::Secret bearer;
  bool gzip = false;
  std::uint64_t batch_bytes = 1u << 20;
  core::Duration timeout = std::chrono::seconds(30);
  std::optional<net::TlsTrust> tls;
  std::uint64_t buffer = 8u << 20;
  WhenFull when_full = WhenFull::drop_oldest;

  PostingSettings settings() const;
};

// Adds its keys but the URL, `method` and `when_full`, and what cannot be together.
config::Object<WrittenPosting> with_posting_keys(config::Object<WrittenPosting> keys);

std::optional<config::Complaint> bad_header(const WrittenPosting& written);
std::optional<config::Complaint> bad_login(const WrittenPosting& written);
std::optional<config::Complaint> tls_for_nothing(const WrittenPosting& written);

// Of those, the ones that say who we are to the receiver, and how long it may take.
template <class Written>
config::Object<Written> with_receiver_keys(config::Object<Written> keys) {
  using namespace std::chrono_literals;
  const auto of = []<class M>(M WrittenPosting::* member) { return static_cast<M Written::*>(member); };
  using Posting = WrittenPosting;
  keys.optional("headers", of(&Posting::headers), config::map_of(config::open_or_secret()),
                "what to send along")
      .optional("user", of(&Posting::user), config::text(), "who we are, for Basic authentication")
      .optional("password", of(&Posting::password), config::secret(), "and how that is proven")
      .optional("bearer", of(&Posting::bearer), config::secret(), "a token that is sent instead")
      .optional("timeout", of(&Posting::timeout), config::duration(100ms, 10min),
                "how long an answer may take")
      .optional("tls", of(&Posting::tls), config::tls_trust<net::TlsTrust>(),
                "how to trust the receiver over TLS, and who to be")
      .rule(bad_header)
      .rule(bad_login)
      .rule(tls_for_nothing);
  return keys;
}

// A single URL, as the only one.
config::Kind<std::vector<std::string>> only_url(const config::Kind<std::string>& url);

}  // namespace outrider::sinks
