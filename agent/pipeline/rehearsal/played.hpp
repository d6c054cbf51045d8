// What came of each record in a rehearsal.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/resource.hpp"
#include "agent/pipeline/rehearsal/suite.hpp"
#include "agent/telemetry/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outrider::pipeline {

struct Came {
  telemetry::Record record;  // without its text
  std::string document;      // empty: it was left out
  std::string dropped;       // why it was left out
  std::vector<std::string> steps;
  std::string becomes;  // once there were answers
  std::string answer;
  std::uint32_t tries = 0;
};

// All lines at one moment, in the order in which records come out.
std::vector<Came> through_chain(const core::Resource& resource, const LogSettings& logs,
                                const ReadSettings& read, std::string_view input);

// Those that have a document, to the first destination that is Elasticsearch. An error when there is none.
core::Outcome<> through_sink(const LogSettings& logs, const std::vector<std::vector<std::int64_t>>& answers,
                             std::vector<Came>& came);

}  // namespace outrider::pipeline
