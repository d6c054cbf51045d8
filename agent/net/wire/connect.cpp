#include "agent/net/wire/connect.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <optional>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::net {
namespace {

using core::fail;
using core::Outcome;
using Addresses = Outcome<std::vector<SocketAddress>>;

core::Task<void> connect_socket(Socket& socket, const SocketAddress& address, int& error_number) {
  const boost::asio::generic::stream_protocol::endpoint target(address.get(), address.size);
  const auto [error] =
      co_await socket.async_connect(target, boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error == boost::asio::error::operation_aborted) async::throw_cancelled();
  error_number = error.value();
}

// Asio would open it without CLOEXEC, and every child would keep our connections open.
Outcome<> open_socket(Socket& socket, const SocketAddress& address, const std::string& step) {
  const int descriptor = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return fail(core::system_error(step));
  const int on = 1;
  if (address.family() != AF_UNIX) {
    (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  error_code error;
  socket.assign(boost::asio::generic::stream_protocol(address.family(), 0), descriptor, error);
  if (!error) return {};
  ::close(descriptor);
  return fail(core::system_error(step, error.value()));
}

}  // namespace

core::Error Progress::timed_out(core::Duration limit) const {
  const std::string what = answering ? ": the answer did not end within " : ": no answer within ";
  return {core::Errc::timed_out, step + what + core::show_duration(limit)};
}

struct Connector::Lookup {
  explicit Lookup(const async::Executor& executor) : done(executor) {}
  std::optional<Addresses> found;
  async::Bell done;
};

// A resolver that hangs cannot be cancelled, only left alone: the job owns what it touches, and until it
// comes back no second one is sent for the same name.
core::Task<Addresses> Connector::resolve(const Endpoint& endpoint) {
  if (endpoint.is_unix()) co_return std::vector<SocketAddress>{unix_address(endpoint.path)};
  std::vector<SocketAddress> numeric = read_numeric(endpoint.host, endpoint.port);
  if (!numeric.empty()) co_return numeric;

  const std::string key = endpoint.text();
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  std::shared_ptr<Lookup> lookup = lookups_[key];
  if (!lookup) {
    lookup = std::make_shared<Lookup>(executor);
    lookups_[key] = lookup;
    pool_.submit([executor, held = lookup, host = endpoint.host, port = endpoint.port]() mutable {
      Addresses found = look_up(host, port);
      // The last to let go must be the river: a Bell belongs to its loop.
      boost::asio::post(executor, [lookup = std::move(held), found = std::move(found)]() mutable {
        lookup->found = std::move(found);
        lookup->done.ring();
      });
    });
  }
  while (!lookup->found) co_await lookup->done.wait();
  const auto entry = lookups_.find(key);
  if (entry != lookups_.end() && entry->second == lookup) lookups_.erase(entry);
  co_return *lookup->found;
}

core::Task<Outcome<Socket>> Connector::connect(Endpoint endpoint, core::Duration share, Progress& progress) {
  const core::Instant end = clock_.now() + share;
  progress.step = "cannot resolve " + endpoint.host;
  const Addresses addresses = co_await resolve(endpoint);
  if (!addresses) co_return fail(addresses.error());
  progress.step = "cannot connect to " + endpoint.text();
  co_return co_await connect_to_one(clock_, *addresses, end, progress);
}

core::Task<Outcome<Socket>> connect_to_one(core::Clock& clock, const std::vector<SocketAddress>& addresses,
                                           core::Instant end, Progress& progress) {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  core::Error trouble;
  for (std::size_t index = 0; index < addresses.size(); ++index) {
    const SocketAddress& address = addresses[index];
    Socket socket(executor);
    if (auto opened = open_socket(socket, address, progress.step); !opened) {
      trouble = opened.error();
      continue;
    }
    int error_number = 0;
    core::Task<void> connecting = connect_socket(socket, address, error_number);
    if (index + 1 == addresses.size()) {
      co_await std::move(connecting);
    } else {
      const bool in_time =
          co_await async::finish_within(clock, (end - clock.now()) / 2, std::move(connecting));
      if (!in_time) error_number = ETIMEDOUT;
    }
    if (error_number == 0) co_return socket;
    trouble = core::system_error(progress.step, error_number);
  }
  co_return fail(std::move(trouble));
}

}  // namespace outrider::net
