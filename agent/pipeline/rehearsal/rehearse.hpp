// Runs a user's test through the chain that the agent runs, and through the Elasticsearch sink that it runs
// before a cluster that is played, in virtual time.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/resource.hpp"
#include "agent/pipeline/rehearsal/rehearsed.hpp"
#include "agent/pipeline/rehearsal/suite.hpp"

#include <string_view>

namespace outrider::pipeline {

// An error when the test asks for what the configuration does not have. `input` is what its source reads.
core::Outcome<Rehearsed> rehearse(const core::Resource& resource, const LogSettings& logs, const Test& test,
                                  std::string_view input);

}  // namespace outrider::pipeline
