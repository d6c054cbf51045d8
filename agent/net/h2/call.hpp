// One call over HTTP/2 and its answer, on a stream that nobody else uses: as much as gRPC needs of a client.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/net/streams/stream.hpp"

#include <cstddef>
#include <string>

namespace outrider::net {

struct H2Call {
  std::string scheme = "http";
  std::string authority;  // "host:port"
  std::string path;
  Headers headers;  // names in lower case
  std::string body;
};

struct H2Answer {
  int status = 0;
  Headers headers;  // those that follow the body, too
  std::string body;
};

// `corrupt` when what comes is not HTTP/2, `refused` when the call is, `exhausted` when the answer is longer
// than `most_bytes`.
core::Task<core::Outcome<H2Answer>> call_h2(Stream& stream, H2Call call, std::size_t most_bytes,
                                            core::Duration limit);

}  // namespace outrider::net
