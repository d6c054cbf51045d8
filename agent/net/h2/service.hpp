// The answering side of HTTP/2, as much as gRPC needs: many calls at once on a connection, each with a body
// that comes and one that goes, and trailers behind it. Connections are accepted elsewhere, and served here.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/net/streams/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace outrider::net {

// Whoever is slower, longer or more endless than this is answered so, or cut off.
struct H2Limits {
  std::uint64_t body_bytes = 4u << 20;
  std::uint64_t all_bodies_bytes = 64u << 20;  // of all calls of all connections
  std::size_t header_bytes = 16 * 1024;
  std::uint32_t calls = 64;                               // at once on one connection
  core::Duration first_time = std::chrono::seconds(10);   // until a connection says its first
  core::Duration idle_time = std::chrono::hours(1);       // between two words
  core::Duration body_time = std::chrono::seconds(30);    // from the begin of a call to its last byte
  core::Duration answer_time = std::chrono::seconds(60);  // what a handler may take
  core::Duration write_time = std::chrono::seconds(30);
  core::Duration drain_time = std::chrono::seconds(1);  // what running calls may take once we are closing
};

// Why a handler gets a call without its body. A call is the handler's own, and may be changed.
enum class H2Trouble : std::uint8_t { none, too_long, crowded };

struct H2Reply {
  int status = 200;
  Headers headers;  // names in lower case
  std::string body;
  Headers trailers;  // without a body they come with the headers
};

using H2Handler = std::function<core::Task<H2Reply>(Call& call, H2Trouble trouble)>;

class H2Service {
 public:
  // `clock` and `log` outlive it.
  H2Service(const async::Executor& river, core::Clock& clock, core::Log& log, H2Limits limits,
            H2Handler handler)
      : clock_(clock), log_(log), limits_(limits), handler_(std::move(handler)), closing_(river) {}

  // Until either side has had enough. It outlives this.
  core::Task<void> serve(Stream& stream);

  // No new calls; those that run are answered, within drain_time, and then connections end.
  void close();

 private:
  friend class H2Conversation;

  core::Clock& clock_;
  core::Log& log_;
  H2Limits limits_;
  H2Handler handler_;
  std::uint64_t bodies_bytes_ = 0;
  bool is_closing_ = false;
  async::Bell closing_;
};

}  // namespace outrider::net
