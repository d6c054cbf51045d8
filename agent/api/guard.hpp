// Who may write, and what a write must look like. Pure.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"

#include <span>
#include <string>
#include <string_view>

namespace outrider::api {

// The name under which the write will be audited; or denied (not from here, not from that page) or
// unsupported (not JSON).
//   The local socket: what the kernel says of the peer, with the name it gives itself in X-Outrider-Operator.
//   TLS with a verified client certificate: the certificate's subject; the header is not believed.
core::Outcome<std::string> who_writes(const net::Call& call, std::span<const std::string> hosts);

struct WriteRequest {
  std::string reason;
  bool even_without_budget = false;
};

// Reads the body. Unknown keys, wrong types and a missing reason are errors that name the key.
core::Outcome<WriteRequest> read_write_request(std::string_view body, bool may_skip_budget);

}  // namespace outrider::api
