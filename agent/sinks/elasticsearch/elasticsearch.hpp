// Indexes documents into Elasticsearch or OpenSearch, each once: its _id is the same however often it is read
// and sent, and what is in doubt when a data stream rolls over is looked for before it is sent again.
#pragma once

#include "agent/sinks/elasticsearch/settings.hpp"
#include "agent/sinks/shelf.hpp"

#include <memory>

namespace outrider::sinks::elasticsearch {

std::unique_ptr<Sink> make(const Tools& tools, Settings settings);

}  // namespace outrider::sinks::elasticsearch
