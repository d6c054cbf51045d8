// Who lets in what comes from outside and is no HTTP: streams and datagrams.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"
#include "agent/net/server.hpp"
#include "agent/net/streams/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace outrider::net {

class StreamListener {
 public:
  StreamListener() = default;
  StreamListener(const StreamListener&) = delete;
  StreamListener& operator=(const StreamListener&) = delete;
  virtual ~StreamListener() = default;

  // The next who calls; over TLS hands are shaken by its first read_some(), within that one's limit.
  virtual core::Task<std::unique_ptr<Stream>> accept() = 0;
  virtual const std::string& address() const = 0;  // with the port that it got

  // Reads the certificate files again, for who calls from now on. An error: it has what it had.
  virtual core::Outcome<> reload_certificates() { return {}; }
};

struct Datagram {
  std::size_t bytes = 0;
  bool is_cut = false;  // there was more in it than there was room
};

class DatagramListener {
 public:
  DatagramListener() = default;
  DatagramListener(const DatagramListener&) = delete;
  DatagramListener& operator=(const DatagramListener&) = delete;
  virtual ~DatagramListener() = default;

  virtual core::Task<core::Outcome<Datagram>> receive(std::span<char> into) = 0;
  // How many came and were thrown away by the kernel, since nobody read them in time.
  virtual std::uint64_t lost() const = 0;
  virtual const std::string& address() const = 0;
};

class Listeners {
 public:
  Listeners() = default;
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;
  virtual ~Listeners() = default;

  // Blocks shortly when a host is given by name. `address` is "host:port" or ":port"; for streams also
  // "unix:/path".
  virtual core::Outcome<std::unique_ptr<StreamListener>> listen(const async::Executor& executor,
                                                                const std::string& address,
                                                                const std::optional<TlsFiles>& tls) = 0;
  virtual core::Outcome<std::unique_ptr<DatagramListener>> receive(const async::Executor& executor,
                                                                   const std::string& address) = 0;
};

std::unique_ptr<Listeners> make_listeners(core::Clock& clock);

// Where there is no network: nobody can call.
Listeners& no_listeners();

}  // namespace outrider::net
