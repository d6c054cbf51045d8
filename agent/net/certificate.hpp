// What certificates say of themselves, in files and from servers.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::net {

struct Certificate {
  std::string subject;  // its common name, or all of its subject when it has none
  std::string issuer;
  core::WallTime begins{};
  core::WallTime ends{};
};

// All that are in a PEM text, in their order; keys and what else is there is passed over. None: an error.
core::Outcome<std::vector<Certificate>> read_certificates(std::string_view pem);

// Why the first certificate of `chain` would not be believed at `now` by who trusts `authorities` (PEM both),
// whose other certificates may help; nothing when it would. `host` empty: any name will do. Without
// authorities only the name and the dates are looked at.
core::Outcome<std::optional<std::string>> doubt_about(std::string_view chain, std::string_view authorities,
                                                      const std::string& host, core::WallTime now);

}  // namespace outrider::net
