// What the tests of this room share: a server on a thread of its own, a peer that sends raw bytes,
// certificates.
#pragma once

#include "agent/async/river.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/server.hpp"
#include "agent/net/test_identity.hpp"
#include "agent/net/wire/socket_address.hpp"
#include "agent/os/clock.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

namespace outrider::net::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = std::filesystem::temp_directory_path() / "net_test_XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

class KeptLog final : public core::Log {
 public:
  void write(core::Level level, std::string_view, std::string_view what,
             std::span<const core::Field>) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(core::name_of(level)) + " " + std::string(what));
  }
  std::size_t count(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    std::size_t found = 0;
    for (const std::string& line : lines_) found += line.find(part) != std::string::npos ? 1 : 0;
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A server that runs until the end of the test.
class RunningServer {
 public:
  explicit RunningServer(ServerOptions options, Handler handler) {
    if (options.listeners.empty()) options.listeners.push_back({"127.0.0.1:0", std::nullopt, "test"});
    auto made = Server::listen(river_.executor(), *clock, log, std::move(options), std::move(handler));
    if (!made) throw std::runtime_error(made.error().what);
    server_ = std::move(*made);
    river_.start(server_->run(), nullptr);
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer() { stop(); }

  void ask_to_stop() { river_.cancel(); }
  void stop() {
    river_.cancel();
    river_.join();
  }
  std::string address(std::size_t index = 0) const { return server_->addresses()[index]; }
  std::string url(std::string_view path = "/") const { return "http://" + address() + std::string(path); }

  // `what` done on the server's own river.
  template <class What>
  auto on_river(What what) {
    std::promise<decltype(what(*server_))> done;
    boost::asio::post(river_.executor(), [&] { done.set_value(what(*server_)); });
    return done.get_future().get();
  }

  std::unique_ptr<core::Clock> clock = os::make_clock();
  KeptLog log;

 private:
  async::River river_{"server"};
  std::unique_ptr<Server> server_;
};

// A connection that sends and reads exactly what the test says.
class RawPeer {
 public:
  explicit RawPeer(const std::string& address) {
    const auto endpoint = read_endpoint(address).value();
    const SocketAddress target =
        endpoint.is_unix() ? unix_address(endpoint.path) : read_numeric(endpoint.host, endpoint.port).front();
    descriptor_ = ::socket(target.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0 || ::connect(descriptor_, target.get(), target.size) != 0) {
      throw std::runtime_error("cannot connect to " + address);
    }
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer() { close(); }

  // False when the other side has hung up.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // What came up to and including `mark`; less when the stream ended or five seconds passed.
  std::string read_until(std::string_view mark) {
    while (pending_.find(mark) == std::string::npos && read_once()) {
    }
    const std::size_t at = pending_.find(mark);
    const std::size_t size = at == std::string::npos ? pending_.size() : at + mark.size();
    std::string text = pending_.substr(0, size);
    pending_.erase(0, size);
    return text;
  }

  std::string read_to_end() {
    while (read_once()) {
    }
    return std::exchange(pending_, {});
  }

  bool has_something(int wait_ms) {
    pollfd wish{descriptor_, POLLIN, 0};
    return ::poll(&wish, 1, wait_ms) > 0;
  }

  // Whether the stream ended by force: an answer may be lost with it.
  bool was_reset() const { return was_reset_; }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  bool read_once() {
    if (!has_something(5000)) return false;
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    was_reset_ = size < 0;
    if (size <= 0) return false;
    pending_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }

  int descriptor_ = -1;
  bool was_reset_ = false;
  std::string pending_;
};

// Runs a question to its end on a loop of this thread.
template <class T>
T wait_for(const std::function<core::Task<T>()>& begin) {
  std::optional<T> result;
  async::run_here([&](async::Executor) -> core::Task<void> { result.emplace(co_await begin()); });
  return std::move(*result);
}

}  // namespace outrider::net::testing
