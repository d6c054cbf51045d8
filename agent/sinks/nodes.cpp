#include "agent/sinks/nodes.hpp"

#include <algorithm>

namespace outrider::sinks {
namespace {

constexpr async::Backoff away{.first = std::chrono::seconds(1), .most = std::chrono::minutes(1)};

}  // namespace

Nodes::Nodes(const std::vector<std::string>& urls) {
  for (const std::string& url : urls) nodes_.push_back({url, {}, 0});
}

std::size_t Nodes::pick(core::Instant now) {
  for (std::size_t tried = 0; tried < nodes_.size(); ++tried) {
    const std::size_t node = next_++ % nodes_.size();
    if (nodes_[node].rests_until <= now) return node;
  }
  const auto earliest = std::ranges::min_element(nodes_, {}, &Node::rests_until);
  return static_cast<std::size_t>(earliest - nodes_.begin());
}

bool Nodes::has_ready(core::Instant now) const {
  return std::ranges::any_of(nodes_, [&](const Node& node) { return node.rests_until <= now; });
}

bool Nodes::failed(std::size_t node, core::Instant now, core::Random& random) {
  Node& failed = nodes_[node];
  // Requests that were under way together fail together, and count once.
  if (failed.failures > 0 && failed.rests_until > now) return false;
  ++failed.failures;
  failed.rests_until = now + away.wait_before(failed.failures, random);
  return failed.failures == 1;
}

bool Nodes::works(std::size_t node) {
  Node& working = nodes_[node];
  const bool news = working.failures > 0;
  working.failures = 0;
  working.rests_until = {};
  return news;
}

}  // namespace outrider::sinks
