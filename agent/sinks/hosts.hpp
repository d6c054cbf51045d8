// Several hosts of which one is used: which to try next? The one that worked last, then the others; not those
// that have failed a moment ago.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/random.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace outrider::sinks {

class Hosts {
 public:
  // Begins with any of them, so that a fleet spreads.
  Hosts(std::vector<std::string> addresses, core::Random& random);

  const std::string& address(std::size_t host) const { return hosts_[host].address; }

  // Those worth trying now, the best first. Never none: when all are to be left alone, the one whose time is
  // up first.
  std::vector<std::size_t> order(core::Instant now) const;
  void worked(std::size_t host);
  void failed(std::size_t host, core::Instant now);

 private:
  struct Host {
    std::string address;
    unsigned failures = 0;  // in a row
    core::Instant not_before{};
  };
  core::Random& random_;
  std::vector<Host> hosts_;
  std::size_t first_;
};

}  // namespace outrider::sinks
