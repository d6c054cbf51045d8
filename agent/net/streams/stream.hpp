// A connection as a stream of bytes, for protocols that are not HTTP: who opens them, and who takes them in.
// The real ones are in stream_client.hpp, their twins in sim_streams.hpp.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/certificate.hpp"
#include "agent/net/http.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::net {

// Closed when destroyed. After an error, or when a call on it was cancelled, it is of no more use: nobody
// knows how much of what was written has gone out.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  // At least one byte; 0 when the other side has ended in order. `timed_out` when nothing came.
  virtual core::Task<core::Outcome<std::size_t>> read_some(std::span<char> into, core::Duration limit) = 0;
  virtual core::Task<core::Outcome<>> write_all(std::string_view bytes, core::Duration limit) = 0;

  // Of one that lay idle: the other side has hung up meanwhile, or sent what nobody waited for.
  virtual bool is_stale() const = 0;

  // That the other side showed over TLS, its own first.
  virtual std::vector<Certificate> certificates() const { return {}; }

  virtual const std::string& peer() const = 0;  // "127.0.0.1:53122", or as it was called
};

class StreamClient {
 public:
  StreamClient() = default;
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;
  virtual ~StreamClient() = default;

  // `address` is "host:port" or "unix:/path". With `tls` the stream is ready when the certificate is
  // believed.
  virtual core::Task<core::Outcome<std::unique_ptr<Stream>>> connect(std::string address,
                                                                     std::optional<TlsTrust> tls,
                                                                     core::Duration limit) = 0;
};

// Where there is no network: nothing can be reached. For tests and for worlds that ask nobody.
StreamClient& no_streams();

}  // namespace outrider::net
