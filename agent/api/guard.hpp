// What a write must look like, and where it may not come from. Pure. Who may write is in rights/.
#pragma once

#include "agent/api/rights/people.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace outrider::api {

inline constexpr std::size_t longest_body_bytes = 16'384;  // of a command

// May this call change something, whoever it is? denied: not under that name, not from that page;
// unsupported: it is not JSON.
core::Outcome<> check_write(const net::Call& call, Door door, std::span<const std::string> hosts);

struct WriteRequest {
  std::string reason;
  bool even_without_budget = false;
};

// Reads the body. Unknown keys, wrong types and a missing reason are errors that name the key.
core::Outcome<WriteRequest> read_write_request(std::string_view body, bool may_skip_budget);

}  // namespace outrider::api
