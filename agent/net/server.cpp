#include "agent/net/server.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/net/serving/connection.hpp"
#include "agent/net/serving/listen.hpp"
#include "agent/net/wire/tls.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include <sys/socket.h>

#include <boost/asio/error.hpp>

namespace outrider::net {
namespace {

using core::Duration;
using core::Outcome;

constexpr Duration first_pause = std::chrono::milliseconds(20);
constexpr Duration most_pause = std::chrono::seconds(1);
constexpr unsigned accepts_a_turn = 16;

struct Door {
  Listener listener;
  ListeningSocket socket;
  TlsContext tls;
};

core::Task<void> serve(Service& service, std::unique_ptr<Wire> wire, std::string listener,
                       bool local_socket) {
  Connection connection(service, std::move(wire), std::move(listener), local_socket);
  // One connection's trouble must not end the others, and a cancelled one has nothing left to do.
  try {
    co_await connection.run();
  } catch (const std::exception& thrown) {
    if (async::is_cancellation(std::current_exception())) co_return;
    const std::string problem = thrown.what();
    service.log.warn("net", "A connection ended in trouble", {{"why", problem}});
  }
}

// Best effort, without waiting: whoever is turned away learns why, if he has a buffer to learn it in.
void turn_away(Socket& socket) {
  static constexpr std::string_view answer =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 21\r\n"
      "Content-Type: text/plain\r\n\r\ntoo many connections\n";
  const int descriptor = socket.native_handle();
  std::array<char, 4096> unread{};
  (void)::recv(descriptor, unread.data(), unread.size(), MSG_DONTWAIT);
  (void)::send(descriptor, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  (void)::shutdown(descriptor, SHUT_WR);
}

// The connection was gone before we came to it; all else (no descriptors, no memory) is ours to wait out.
bool is_gone_already(const error_code& error) {
  return error == boost::asio::error::connection_aborted || error == boost::asio::error::interrupted;
}

class HttpServer final : public Server {
 public:
  HttpServer(core::Clock& clock, core::Log& log, ServerOptions options, Handler handler,
             std::vector<Door> doors)
      : doors_(std::move(doors)),
        service_{clock, log, options.limits, std::move(options.on_served), std::move(handler), false, 0, {}} {
    for (const Door& door : doors_) addresses_.push_back(door.socket.address());
  }

  core::Task<void> run() override;
  const std::vector<std::string>& addresses() const override { return addresses_; }
  Outcome<> reload_certificates() override;
  std::size_t connections() const override { return service_.connections.size(); }

  // Of the listener at this address, as it was written; null when there is none.
  ListeningSocket* socket_at(const std::string& address) {
    for (Door& door : doors_) {
      if (door.listener.address == address) return &door.socket;
    }
    return nullptr;
  }

 private:
  core::Task<void> accept_on(Door& door, async::Nursery& nursery);
  core::Task<void> pause_for(const error_code& error, Duration& pause);
  void accepted_again();
  void welcome(Door& door, Socket socket, async::Nursery& nursery);
  bool make_room(std::size_t present);
  core::Task<void> drain(async::Nursery& nursery);

  std::vector<Door> doors_;
  Service service_;
  std::vector<std::string> addresses_;
  std::uint64_t starved_ = 0;      // accepts that failed in a row, for want of descriptors or memory
  std::uint64_t turned_away_ = 0;  // newcomers in a row, for want of room
};

core::Task<void> HttpServer::run() {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  async::Nursery nursery(executor);
  std::exception_ptr problem;
  try {
    std::vector<core::Task<void>> loops;
    for (Door& door : doors_) loops.push_back(accept_on(door, nursery));
    co_await async::race_all(std::move(loops));
  } catch (const std::exception&) {
    problem = std::current_exception();
  }
  co_await async::ignore_cancellation();
  co_await drain(nursery);
  if (problem) std::rethrow_exception(problem);
}

core::Task<void> HttpServer::drain(async::Nursery& nursery) {
  service_.closing = true;
  for (Door& door : doors_) door.socket.close();
  for (Connection* connection : service_.connections) {
    if (connection->idle_since()) connection->hang_up();
  }
  core::Task<void> ending = nursery.join();
  const std::size_t running = nursery.size();
  const bool in_time =
      co_await async::finish_within(service_.clock, service_.limits.drain_time, std::move(ending));
  if (!in_time) {
    service_.log.warn("net", "Connections were cut: they did not end in time", {{"at_most", running}});
  }
}

core::Task<void> HttpServer::accept_on(Door& door, async::Nursery& nursery) {
  Duration pause = first_pause;
  for (unsigned accepts = 1;; ++accepts) {
    std::optional<Socket> socket;
    const error_code error = door.socket.accept(socket);
    if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) {
      co_await door.socket.wait();
    } else if (error && !is_gone_already(error)) {
      co_await pause_for(error, pause);
    } else if (!error) {
      pause = first_pause;
      accepted_again();
      welcome(door, std::move(*socket), nursery);
    }
    if (accepts % accepts_a_turn == 0) co_await async::yield_turn();
  }
}

core::Task<void> HttpServer::pause_for(const error_code& error, Duration& pause) {
  if (starved_++ == 0) {
    const std::string why = error.message();
    service_.log.warn("net", "Cannot accept connections for now; they wait", {{"why", why}});
  }
  co_await service_.clock.sleep(pause);
  pause = std::min(pause * 2, most_pause);
}

void HttpServer::accepted_again() {
  if (starved_ == 0) return;
  service_.log.info("net", "Accepts connections again", {{"attempts_that_failed", starved_}});
  starved_ = 0;
}

// True when one more may come in: below the limit, or the longest idle one goes.
bool HttpServer::make_room(std::size_t present) {
  if (present < service_.limits.connections) return true;
  Connection* longest = nullptr;
  for (Connection* connection : service_.connections) {
    const bool older = connection->idle_since() &&
                       (longest == nullptr || *connection->idle_since() < *longest->idle_since());
    if (older) longest = connection;
  }
  if (longest == nullptr) return false;
  longest->hang_up();
  return true;
}

void HttpServer::welcome(Door& door, Socket socket, async::Nursery& nursery) {
  if (!make_room(nursery.size())) {
    if (!door.tls) turn_away(socket);
    if (turned_away_++ == 0) {
      service_.log.warn("net", "Too many connections: newcomers are turned away",
                        {{"listener", door.listener.name}, {"limit", service_.limits.connections}});
    }
    return;
  }
  if (turned_away_ > 0 && nursery.size() < service_.limits.connections) {
    service_.log.info("net", "Takes newcomers again", {{"turned_away", turned_away_}});
    turned_away_ = 0;
  }
  auto wire = door.tls ? make_server_wire(std::move(socket), door.tls) : make_plain_wire(std::move(socket));
  nursery.start(serve(service_, std::move(wire), door.listener.name, door.socket.is_unix()));
}

Outcome<> HttpServer::reload_certificates() {
  std::vector<TlsContext> renewed;
  for (const Door& door : doors_) {
    if (!door.listener.tls) {
      renewed.emplace_back();
      continue;
    }
    auto context = make_server_context(*door.listener.tls);
    if (!context) return core::fail(context.error());
    auto trouble = trouble_with_dates(*context, door.listener.tls->certificate, service_.clock.wall());
    if (trouble) return core::fail(std::move(*trouble));
    renewed.push_back(std::move(*context));
  }
  for (std::size_t index = 0; index < doors_.size(); ++index) doors_[index].tls = std::move(renewed[index]);
  return {};
}

}  // namespace

Outcome<std::unique_ptr<Server>> Server::listen(const async::Executor& executor, core::Clock& clock,
                                                core::Log& log, ServerOptions options, Handler handler) {
  auto* const before = dynamic_cast<HttpServer*>(options.replaces);
  std::vector<Door> doors;
  for (const Listener& listener : options.listeners) {
    TlsContext tls;
    if (listener.tls) {
      auto context = make_server_context(*listener.tls);
      if (!context) return core::fail("cannot listen on " + listener.address, context.error());
      tls = std::move(*context);
      // Not refused: an agent that cannot start guards nobody.
      const auto trouble = trouble_with_dates(tls, listener.tls->certificate, clock.wall());
      if (trouble) log.warn("net", "A certificate is not valid now", {{"why", trouble->what}});
    }
    ListeningSocket* const standing = before ? before->socket_at(listener.address) : nullptr;
    auto socket = standing ? standing->share(executor) : ListeningSocket::open(executor, listener.address);
    if (!socket) return core::fail(socket.error());
    doors.push_back(Door{listener, std::move(*socket), std::move(tls)});
  }
  return std::make_unique<HttpServer>(clock, log, std::move(options), std::move(handler), std::move(doors));
}

}  // namespace outrider::net
