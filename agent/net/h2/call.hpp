// Calls over HTTP/2 and their answers, one after the other on one connection: as much as gRPC needs of a
// client.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/net/streams/stream.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace outrider::net {

struct H2Call {
  std::string scheme = "http";
  std::string authority;  // "host:port"
  std::string path;
  Headers headers;       // names in lower case
  std::string prefix{};  // the body is this, and then that
  std::string body;
};

struct H2Answer {
  int status = 0;
  Headers headers;  // those that follow the body, too
  std::string body;
};

class H2Caller {
 public:
  // Of a stream that nobody else uses, and that outlives it.
  explicit H2Caller(Stream& stream);
  H2Caller(const H2Caller&) = delete;
  H2Caller& operator=(const H2Caller&) = delete;
  ~H2Caller();

  // `corrupt` when what comes is not HTTP/2; `refused` when the call is; `exhausted` when the answer is
  // longer than `most_bytes`; `unavailable` when the other side went, or goes and did not begin with it. The
  // limit is for each step.
  core::Task<core::Outcome<H2Answer>> call(const H2Call& call, std::size_t most_bytes, core::Duration limit);

  // Another call may be made: the last one ended well, and the other side has not said that it goes.
  bool is_usable() const;

  // Hears and answers what was said since the last call: that it goes, or a PING.
  core::Task<void> catch_up(core::Duration limit);

 private:
  struct Exchange;
  struct Session;

  core::Task<core::Outcome<>> write_out(core::Duration limit);
  core::Task<core::Outcome<>> read_in(core::Duration limit);
  core::Error ended() const;

  Stream& stream_;
  std::unique_ptr<Session> session_;
};

// One call on a stream of its own.
core::Task<core::Outcome<H2Answer>> call_h2(Stream& stream, H2Call call, std::size_t most_bytes,
                                            core::Duration limit);

}  // namespace outrider::net
