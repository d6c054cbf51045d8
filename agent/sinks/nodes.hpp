// The nodes of a cluster, or several receivers of the same, asked in turn. One that fails rests, longer each
// time; others take over, and when all of them rest, the one that has rested longest is asked all the same:
// waiting is the pipeline's.
#pragma once

#include "agent/async/retry.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/random.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace outrider::sinks {

class Nodes {
 public:
  explicit Nodes(const std::vector<std::string>& urls);

  std::size_t size() const { return nodes_.size(); }
  const std::string& url(std::size_t node) const { return nodes_[node].url; }
  bool is_up(std::size_t node) const { return nodes_[node].failures == 0; }

  std::size_t pick(core::Instant now);
  bool has_ready(core::Instant now) const;

  // Each says whether that is news.
  bool failed(std::size_t node, core::Instant now, core::Random& random);
  bool works(std::size_t node);

  // It asked for that: not before then, and that is no failure.
  void rest(std::size_t node, core::Instant until) { nodes_[node].rests_until = until; }

 private:
  struct Node {
    std::string url;
    core::Instant rests_until{};
    unsigned failures = 0;  // in a row
  };
  std::vector<Node> nodes_;
  std::size_t next_ = 0;
};

}  // namespace outrider::sinks
