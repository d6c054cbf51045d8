// Addresses, URLs, targets, queries and Accept headers, as people and strangers write them.
#include "agent/api/query.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/wire/accept.hpp"
#include "tests/fuzz/target.hpp"

#include <array>
#include <string>

namespace outrider::fuzz {

void address(std::string_view bytes) {
  const auto endpoint = net::read_endpoint(bytes);
  if (endpoint) {
    const auto again = net::read_endpoint(endpoint->text());
    must(again.has_value() && *again == *endpoint, "an endpoint's text reads back as the same endpoint");
  }
  const auto url = net::read_url(bytes);
  if (url) {
    must(url->target.find_first_of(std::string_view(" \r\n\0", 4)) == std::string::npos,
         "a target cannot end its request line");
    must(url->host_header.find_first_of(std::string_view(" \r\n\0", 4)) == std::string::npos,
         "a host cannot end its header line");
  }
  std::string path, query, decoded;
  if (net::split_target(bytes, path, query)) {
    must(path.find('\0') == std::string::npos, "a path has no NUL");
    (void)api::read_timeline_query(query);
  }
  if (net::percent_decode(bytes, decoded)) must(decoded.size() <= bytes.size(), "decoding never grows");
  const auto asked = api::read_timeline_query(bytes);
  if (asked)
    must(asked->wait >= core::Duration::zero() && asked->wait <= api::longest_wait, "a wait is bounded");
  static constexpr std::array<std::string_view, 2> offers{"application/openmetrics-text; version=1.0.0",
                                                          "text/plain; version=0.0.4"};
  const auto choice = net::negotiate(bytes, offers);
  must(!choice || *choice < offers.size(), "what is chosen was offered");
  (void)net::accepts_encoding(bytes, "gzip");
}

}  // namespace outrider::fuzz
