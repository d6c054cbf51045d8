// Listening sockets, opened with the kernel's own calls: Asio would let every child process inherit them.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/wire/wire.hpp"

#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace outrider::net {

// The file of a Unix socket; goes with it, if it is still ours.
class SocketFile {
 public:
  explicit SocketFile(std::string path);
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile();

 private:
  std::string path_;
  ino_t inode_ = 0;
};

class ListeningSocket {
 public:
  static core::Outcome<ListeningSocket> open(const async::Executor& executor, const std::string& address);

  // One more on the same queue of callers: what the one does not accept, the other will. A socket file goes
  // with the last of them.
  core::Outcome<ListeningSocket> share(const async::Executor& executor);

  ListeningSocket(ListeningSocket&&) noexcept = default;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket() = default;

  // Returns when there may be someone to accept.
  core::Task<void> wait();

  // The next who knocks; `would_block` when there is nobody.
  error_code accept(std::optional<Socket>& accepted);

  void close();  // no more connections
  const std::string& address() const { return address_; }
  bool is_unix() const { return file_ != nullptr; }

 private:
  ListeningSocket(const async::Executor& executor, int descriptor) : descriptor_(executor, descriptor) {}

  boost::asio::posix::stream_descriptor descriptor_;
  std::string address_;
  std::shared_ptr<SocketFile> file_;
};

// "127.0.0.1:53122", or "pid 4711 uid 1000" on a Unix socket.
std::string name_of_peer(Socket& socket, bool is_unix);

}  // namespace outrider::net
