// Asks the cluster: one request to one node, with what it takes to be let in; and what that says of the node.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/sinks/elasticsearch/cluster/meters.hpp"
#include "agent/sinks/elasticsearch/settings.hpp"
#include "agent/sinks/nodes.hpp"
#include "agent/sinks/shelf.hpp"

#include <memory>
#include <string>

namespace outrider::sinks::elasticsearch {

struct Asked {
  core::Outcome<net::Response> response;
  std::string node;  // its URL
  core::Duration took{};
};

enum class Body { none, json, lines, packed_lines };

class Sender {
 public:
  Sender(const Tools& tools, const Settings& settings, Meters& meters);

  // A body may be nothing.
  core::Task<Asked> ask(std::string method, std::string path, std::shared_ptr<const std::string> body,
                        Body kind);

  // Whether there is a node that is not resting.
  bool has_ready_node() const { return nodes_.has_ready(tools_.clock.now()); }

 private:
  void judge_node(std::size_t node, const Asked& asked);

  const Tools& tools_;
  const Settings& settings_;
  Meters& meters_;
  Nodes nodes_;
};

}  // namespace outrider::sinks::elasticsearch
