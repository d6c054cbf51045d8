// What the configuration says of one Elasticsearch or OpenSearch.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"
#include "agent/sinks/elasticsearch/bulk/target.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrider::sinks::elasticsearch {

struct Settings {
  std::vector<std::string> urls;  // its nodes, each without a slash at its end
  Target target;
  config::Secret authorization;  // the header's value; not set: none is sent
  std::optional<net::TlsTrust> tls;
  bool gzip = false;
  std::uint64_t request_bytes = 5u << 20;  // of documents in one request, at most
  std::uint64_t buffer_bytes = 8u << 20;
  std::uint32_t most_requests = 8;  // at once
  core::Duration timeout = std::chrono::seconds(30);

  // "elasticsearch logs-tests-school at es:9200"
  std::string name() const;
};

}  // namespace outrider::sinks::elasticsearch
