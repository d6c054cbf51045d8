#include "agent/net/streams/listeners.hpp"

#include "agent/net/serving/listen.hpp"
#include "agent/net/streams/wire_stream.hpp"
#include "agent/net/wire/socket_address.hpp"
#include "agent/net/wire/tls.hpp"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

// What may come while the river is busy. The kernel gives less where net.core.rmem_max is less.
constexpr int datagram_buffer_bytes = 4 << 20;

class RealStreamListener final : public StreamListener {
 public:
  RealStreamListener(core::Clock& clock, ListeningSocket socket, std::optional<TlsFiles> files,
                     TlsContext tls)
      : clock_(clock), socket_(std::move(socket)), files_(std::move(files)), tls_(std::move(tls)) {}

  core::Task<std::unique_ptr<Stream>> accept() override {
    for (;;) {
      std::optional<Socket> caller;
      const error_code error = socket_.accept(caller);
      if (!error) {
        std::string peer = name_of_peer(*caller, socket_.is_unix());
        auto wire = tls_ ? make_server_wire(std::move(*caller), tls_) : make_plain_wire(std::move(*caller));
        co_return make_wire_stream(clock_, std::move(wire), std::move(peer), tls_ != nullptr);
      }
      if (error.value() == EAGAIN) {
        co_await socket_.wait();
      } else if (error.value() != ECONNABORTED && error.value() != EINTR) {
        co_await clock_.sleep(std::chrono::seconds(1));  // no descriptors: it would be said again at once
      }
    }
  }
  const std::string& address() const override { return socket_.address(); }

  Outcome<> reload_certificates() override {
    if (!files_) return {};
    auto renewed = make_server_context(*files_);
    if (!renewed) return fail(renewed.error());
    auto trouble = trouble_with_dates(*renewed, files_->certificate, clock_.wall());
    if (trouble) return fail(std::move(*trouble));
    tls_ = std::move(*renewed);
    return {};
  }

 private:
  core::Clock& clock_;
  ListeningSocket socket_;
  std::optional<TlsFiles> files_;
  TlsContext tls_;
};

class RealDatagramListener final : public DatagramListener {
 public:
  RealDatagramListener(const async::Executor& executor, int descriptor, std::string address)
      : descriptor_(executor, descriptor), address_(std::move(address)) {}

  core::Task<Outcome<Datagram>> receive(std::span<char> into) override {
    for (;;) {
      const ssize_t size = receive_now(into);
      if (size >= 0) co_return datagram_;
      if (errno == EINTR) continue;
      if (errno != EAGAIN) co_return fail(core::system_error("cannot receive on " + address_));
      constexpr auto ready = boost::asio::posix::stream_descriptor::wait_read;
      co_await descriptor_.async_wait(ready, boost::asio::use_awaitable);
    }
  }
  std::uint64_t lost() const override { return lost_; }
  const std::string& address() const override { return address_; }

 private:
  ssize_t receive_now(std::span<char> into) {
    iovec room{into.data(), into.size()};
    alignas(cmsghdr) char control[64];
    msghdr message{};
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(descriptor_.native_handle(), &message, 0);
    if (size < 0) return size;
    datagram_.bytes = static_cast<std::size_t>(size);
    datagram_.is_cut = (message.msg_flags & MSG_TRUNC) != 0;
    for (cmsghdr* it = CMSG_FIRSTHDR(&message); it != nullptr; it = CMSG_NXTHDR(&message, it)) {
      if (it->cmsg_level != SOL_SOCKET || it->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t count = 0;  // of this socket, ever; it begins again after four billion
      std::memcpy(&count, CMSG_DATA(it), sizeof count);
      lost_ += count - static_cast<std::uint32_t>(lost_);
    }
    return size;
  }

  boost::asio::posix::stream_descriptor descriptor_;
  std::string address_;
  Datagram datagram_;
  std::uint64_t lost_ = 0;
};

class RealListeners final : public Listeners {
 public:
  explicit RealListeners(core::Clock& clock) : clock_(clock) {}

  Outcome<std::unique_ptr<StreamListener>> listen(const async::Executor& executor, const std::string& address,
                                                  const std::optional<TlsFiles>& tls) override {
    TlsContext context;
    if (tls) {
      auto made = make_server_context(*tls);
      if (!made) return fail(made.error());
      context = std::move(*made);
    }
    auto socket = ListeningSocket::open(executor, address);
    if (!socket) return fail(socket.error());
    return std::make_unique<RealStreamListener>(clock_, std::move(*socket), tls, std::move(context));
  }

  Outcome<std::unique_ptr<DatagramListener>> receive(const async::Executor& executor,
                                                     const std::string& text) override {
    const std::string step = "cannot listen on " + text + " (UDP)";
    const auto endpoint = read_endpoint(text);
    if (!endpoint) return fail(endpoint.error());
    if (endpoint->is_unix()) return fail(Errc::unsupported, step + ": datagrams come over a network only");
    const bool any = endpoint->host.empty() || endpoint->host == "*";
    auto addresses = look_up(any ? std::string("::") : endpoint->host, endpoint->port);
    if (!addresses) return fail(step, addresses.error());
    if (any) addresses->push_back(look_up("0.0.0.0", endpoint->port)->front());
    core::Error trouble;
    for (const SocketAddress& address : *addresses) {
      const int descriptor = ::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      if (descriptor < 0) {
        trouble = core::system_error(step);
        continue;
      }
      const int only_six = any ? 0 : 1, on = 1;
      if (address.family() == AF_INET6)
        (void)::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only_six, sizeof only_six);
      (void)::setsockopt(descriptor, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
      (void)::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &datagram_buffer_bytes, sizeof(int));
      if (::bind(descriptor, address.get(), address.size) == 0) {
        SocketAddress bound;
        bound.size = sizeof bound.storage;
        (void)::getsockname(descriptor, bound.get(), &bound.size);
        return std::make_unique<RealDatagramListener>(executor, descriptor, bound.text());
      }
      trouble = core::system_error(step);
      ::close(descriptor);
      if (trouble.code == Errc::busy) break;
    }
    return fail(std::move(trouble));
  }

 private:
  core::Clock& clock_;
};

class NoListeners final : public Listeners {
 public:
  Outcome<std::unique_ptr<StreamListener>> listen(const async::Executor&, const std::string&,
                                                  const std::optional<TlsFiles>&) override {
    return fail(Errc::unavailable, "no network here");
  }
  Outcome<std::unique_ptr<DatagramListener>> receive(const async::Executor&, const std::string&) override {
    return fail(Errc::unavailable, "no network here");
  }
};

}  // namespace

std::unique_ptr<Listeners> make_listeners(core::Clock& clock) {
  return std::make_unique<RealListeners>(clock);
}

Listeners& no_listeners() {
  static NoListeners nobody;
  return nobody;
}

}  // namespace outrider::net
