// What a pipeline may use. Everything outlives it.
#pragma once

#include "agent/durable/book.hpp"
#include "agent/net/serving/whoever.hpp"
#include "agent/os/files.hpp"
#include "agent/pipeline/recording/record_sight.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/telemetry/metrics.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace outrider::pipeline {

// What the page of metrics would show now. On the carry river.
using GatherMetrics = std::function<core::Task<std::vector<telemetry::FamilySetPointer>>()>;

struct PipelineTools {
  core::Clock& clock;
  core::Random& random;
  async::Pool& pool;
  core::Log& log;
  net::Client& http;  // on the carry river
  os::Files& files;
  ::prometheus::Registry& registry;
  durable::Book& book;
  std::string installation{};                      // the agent's own name for itself
  net::StreamClient& streams = net::no_streams();  // on the carry river
  os::WatchedFiles& watched_files = os::no_watched_files();
  net::Listeners& listeners = net::no_listeners();
  Taps* taps = nullptr;  // who looks at what goes by; null: nobody can
  Keep keep{};           // the flight recorder; empty: there is none
  net::Listen listen = net::listen_nowhere;
  async::SlowCalls& slow = async::no_slow_calls();
  std::function<core::Task<std::int64_t>()> service_process{};    // see sources::Tools
  std::function<std::unique_ptr<sql::Driver>()> make_database{};  // the same
  GatherMetrics gather_metrics{};                                 // where samples are sent on
};

}  // namespace outrider::pipeline
