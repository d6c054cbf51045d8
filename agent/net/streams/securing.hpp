// STARTTLS and the like: a connection that stands goes on over TLS.
#pragma once

#include "agent/net/streams/stream.hpp"

namespace outrider::net {

// A StreamClient that can.
class Securing {
 public:
  Securing() = default;
  Securing(const Securing&) = delete;
  Securing& operator=(const Securing&) = delete;
  virtual ~Securing() = default;

  // Ready when the certificate is believed. `stream` is one that this client has opened without TLS.
  virtual core::Task<core::Outcome<std::unique_ptr<Stream>>> secure(std::unique_ptr<Stream> stream,
                                                                    TlsTrust tls, core::Duration limit) = 0;
};

// By the client that has opened it; `unsupported` when that cannot.
core::Task<core::Outcome<std::unique_ptr<Stream>>> secure(StreamClient& client,
                                                          std::unique_ptr<Stream> stream, TlsTrust tls,
                                                          core::Duration limit);

}  // namespace outrider::net
