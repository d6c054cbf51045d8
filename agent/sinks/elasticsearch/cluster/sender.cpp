#include "agent/sinks/elasticsearch/cluster/sender.hpp"

#include <utility>

namespace outrider::sinks::elasticsearch {

Sender::Sender(const Tools& tools, const Settings& settings, Meters& meters)
    : tools_(tools), settings_(settings), meters_(meters), nodes_(settings.urls) {}

core::Task<Asked> Sender::ask(std::string method, std::string path, std::shared_ptr<const std::string> body,
                              Body kind) {
  const std::size_t node = nodes_.pick(tools_.clock.now());
  net::Request request;
  request.method = std::move(method);
  request.url = nodes_.url(node) + path;
  request.headers.emplace_back("Accept", "application/json");
  if (kind == Body::json) request.headers.emplace_back("Content-Type", "application/json");
  if (kind == Body::lines || kind == Body::packed_lines) {
    request.headers.emplace_back("Content-Type", "application/x-ndjson");
  }
  if (kind == Body::packed_lines) request.headers.emplace_back("Content-Encoding", "gzip");
  if (settings_.authorization.is_set()) {
    request.headers.emplace_back("Authorization", settings_.authorization.reveal());
  }
  request.shared_body = std::move(body);
  request.tls = settings_.tls;
  const core::Instant began = tools_.clock.now();
  core::Outcome<net::Response> response = co_await tools_.http.ask(std::move(request), settings_.timeout);
  Asked asked{std::move(response), nodes_.url(node), tools_.clock.now() - began};
  judge_node(node, asked);
  co_return asked;
}

// A proxy's 502 and 504 and a server's 503 say that another node may do better; other answers come from a
// node that works.
void Sender::judge_node(std::size_t node, const Asked& asked) {
  const int status = asked.response ? asked.response->status : 0;
  meters_.answered(status, asked.took);
  const bool down = status == 0 || status == 502 || status == 503 || status == 504;
  const bool news = down ? nodes_.failed(node, tools_.clock.now(), tools_.random) : nodes_.works(node);
  meters_.node_up(node, !down);
  if (!news || nodes_.size() == 1) return;  // of the only one the delivery's error tells
  if (down) {
    const std::string why =
        asked.response ? "it answers " + std::to_string(status) : asked.response.error().what;
    tools_.log.warn("sinks", "A node of the cluster fails; it rests, others are asked",
                    {{"node", asked.node}, {"why", why}});
  } else {
    tools_.log.info("sinks", "The node of the cluster answers again", {{"node", asked.node}});
  }
}

}  // namespace outrider::sinks::elasticsearch
