#include "agent/sinks/hosts.hpp"

#include "agent/async/retry.hpp"

#include <algorithm>
#include <utility>

namespace outrider::sinks {
namespace {

constexpr async::Backoff left_alone{.first = std::chrono::seconds(1), .most = std::chrono::minutes(1)};

}  // namespace

Hosts::Hosts(std::vector<std::string> addresses, core::Random& random)
    : random_(random), first_(random.below(addresses.size())) {
  for (std::string& address : addresses) hosts_.push_back({std::move(address)});
}

std::vector<std::size_t> Hosts::order(core::Instant now) const {
  std::vector<std::size_t> worth;
  std::size_t soonest = first_;
  for (std::size_t step = 0; step < hosts_.size(); ++step) {
    const std::size_t host = (first_ + step) % hosts_.size();
    if (hosts_[host].not_before <= now) worth.push_back(host);
    if (hosts_[host].not_before < hosts_[soonest].not_before) soonest = host;
  }
  if (worth.empty()) worth.push_back(soonest);
  return worth;
}

void Hosts::worked(std::size_t host) {
  hosts_[host].failures = 0;
  hosts_[host].not_before = {};
  first_ = host;
}

void Hosts::failed(std::size_t host, core::Instant now) {
  Host& it = hosts_[host];
  it.not_before = now + left_alone.wait_before(++it.failures, random_);
}

}  // namespace outrider::sinks
