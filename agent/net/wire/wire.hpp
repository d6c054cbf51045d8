// One open connection, over TCP or a Unix socket, plain or TLS: bytes in, bytes out. HTTP is written against
// this and so compiled once. Errors come as codes; cancellation as the exception.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/task.hpp"
#include "agent/net/certificate.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

namespace outrider::net {

using Socket = boost::asio::generic::stream_protocol::socket;
using boost::system::error_code;

struct Moved {
  error_code error;
  std::size_t bytes = 0;
};

class Wire {
 public:
  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual ~Wire() = default;

  virtual core::Task<error_code> shake_hands() = 0;  // nothing to do when plain
  virtual core::Task<Moved> read_some(std::span<char> into) = 0;
  virtual core::Task<error_code> write_all(std::string_view first, std::string_view second) = 0;
  // Tells the peer that no more is coming. Over TLS it waits for the peer to say the same.
  virtual core::Task<void> finish_sending() = 0;

  virtual std::string peer_name() const { return {}; }       // subject CN of the peer's verified certificate
  virtual std::string verify_trouble() const { return {}; }  // why its certificate was not believed
  virtual std::vector<Certificate> certificates() const { return {}; }  // that the peer showed, its own first
  virtual std::optional<core::WallTime> certificate_ends() const { return {}; }  // the peer's own
  virtual Socket& socket() = 0;

  // A read that waits, or comes later, sees the end of the stream.
  void stop_receiving();

  // One of its two ways: when it is given up, what waits for it and what comes later ends with `timed_out`,
  // until it is carried on with. So a deadline costs no coroutine of its own.
  struct Way {
    boost::asio::cancellation_signal signal;
    bool is_given_up = false;

    void give_up() {
      is_given_up = true;
      signal.emit(boost::asio::cancellation_type::terminal);
    }
    bool carry_on() { return std::exchange(is_given_up, false); }  // whether it was given up
  };
  Way reading, writing;  // hands are shaken by reading
  void give_up() {
    reading.give_up();
    writing.give_up();
  }
};

// False when `work`, which waits for nothing but the wire, was not done in time; it has ended, too.
core::Task<bool> within(core::Clock& clock, core::Duration limit, Wire& wire, core::Task<error_code> work,
                        error_code& error);

struct ServerName {
  std::string name;  // host name or address; empty: not checked
  bool verify = true;
};

std::unique_ptr<Wire> make_plain_wire(Socket socket);
std::unique_ptr<Wire> make_server_wire(Socket socket, std::shared_ptr<boost::asio::ssl::context> context);
std::unique_ptr<Wire> make_client_wire(Socket socket, std::shared_ptr<boost::asio::ssl::context> context,
                                       const ServerName& server);

// The peer hung up, in order or not.
bool is_hang_up(const error_code& error);

}  // namespace outrider::net
