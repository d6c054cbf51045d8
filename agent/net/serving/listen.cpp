#include "agent/net/serving/listen.hpp"

#include "agent/net/serving/holder.hpp"
#include "agent/net/serving/peer.hpp"
#include "agent/net/wire/socket_address.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

constexpr int backlog = 511;
constexpr mode_t socket_mode = 0660;
constexpr int stream_flags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

// Closes what nobody came to own.
struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int release() { return std::exchange(number, -1); }
  int number;
};

pid_t credentials_pid(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

// A socket file stays behind when its owner was killed. It goes only if nobody answers on it.
Outcome<> clear_the_way(const std::string& step, const SocketAddress& address, const std::string& path) {
  struct stat state{};
  if (::lstat(path.c_str(), &state) != 0) return {};
  if (!S_ISSOCK(state.st_mode)) {
    return fail(Errc::busy, step + ": a file that is no socket is in the way",
                "remove it, or choose another path");
  }
  const Descriptor caller(::socket(AF_UNIX, stream_flags, 0));
  if (caller.number < 0) return fail(core::system_error(step));
  // EAGAIN: somebody is there, and has too much to do just now.
  if (::connect(caller.number, address.get(), address.size) == 0 || errno == EAGAIN) {
    const pid_t pid = credentials_pid(caller.number);
    return fail(Errc::busy, step + ": in use by " + (pid > 0 ? name_of_process(pid) : "another process"),
                "stop it, or choose another path");
  }
  if (errno != ECONNREFUSED) return fail(core::system_error(step));
  if (::unlink(path.c_str()) != 0) return fail(core::system_error(step + ": a stale socket is in the way"));
  return {};
}

core::Error cannot_bind(const std::string& step, const Endpoint& endpoint, int error_number) {
  core::Error error = core::system_error(step, error_number);
  if (error_number == EADDRINUSE && !endpoint.is_unix()) {
    const std::string holder = holder_of_port(endpoint.port);
    if (!holder.empty()) error.what = step + ": in use by " + holder;
    error.hint = "stop it, or choose another port";
  }
  if (error_number == EACCES && !endpoint.is_unix() && endpoint.port < 1024) {
    error.hint = "a port below 1024 needs CAP_NET_BIND_SERVICE; choose another port";
  }
  if (error_number == ENOENT && endpoint.is_unix()) error.hint = "the directory must exist";
  return error;
}

void allow_both_families(int descriptor, const SocketAddress& address, bool any) {
  const int only_six = any ? 0 : 1;
  if (address.family() != AF_INET6) return;
  (void)::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only_six, sizeof only_six);
}

bool is_ipv4(const SocketAddress& address) { return address.family() == AF_INET; }

// The next address is for families that this kernel does not have, never a way round a port in use.
bool worth_trying_next(int error_number) {
  return error_number == EAFNOSUPPORT || error_number == EADDRNOTAVAIL;
}

Outcome<std::vector<SocketAddress>> addresses_to_bind(const Endpoint& endpoint) {
  if (endpoint.is_unix()) return std::vector<SocketAddress>{unix_address(endpoint.path)};
  if (!endpoint.host.empty() && endpoint.host != "*") {
    auto found = look_up(endpoint.host, endpoint.port);
    // "localhost" is both; who connects by number uses the older one.
    if (found) std::ranges::stable_partition(*found, &is_ipv4);
    return found;
  }
  std::vector<SocketAddress> any = *look_up("::", endpoint.port);
  any.push_back(look_up("0.0.0.0", endpoint.port)->front());  // where the kernel has no IPv6
  return any;
}

}  // namespace

Outcome<ListeningSocket> ListeningSocket::open(const async::Executor& executor, const std::string& text) {
  const std::string step = "cannot listen on " + text;
  const auto endpoint = read_endpoint(text);
  if (!endpoint) return fail(endpoint.error());
  const auto addresses = addresses_to_bind(*endpoint);
  if (!addresses) return fail(step, addresses.error());
  const bool any = endpoint->host.empty() || endpoint->host == "*";

  core::Error trouble;
  for (const SocketAddress& address : *addresses) {
    if (endpoint->is_unix()) {
      if (auto clear = clear_the_way(step, address, endpoint->path); !clear) return fail(clear.error());
    }
    Descriptor descriptor(::socket(address.family(), stream_flags, 0));
    if (descriptor.number < 0) {
      const int error_number = errno;
      trouble = core::system_error(step, error_number);
      if (!worth_trying_next(error_number)) break;
      continue;
    }
    const int on = 1;
    if (!endpoint->is_unix()) {
      (void)::setsockopt(descriptor.number, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    allow_both_families(descriptor.number, address, any);
    if (::bind(descriptor.number, address.get(), address.size) != 0) {
      const int error_number = errno;
      trouble = cannot_bind(step, *endpoint, error_number);
      if (!worth_trying_next(error_number)) break;
      continue;
    }
    // Before listen(): until then nobody can connect, so the wider mode is never open to use.
    if (endpoint->is_unix() && ::chmod(endpoint->path.c_str(), socket_mode) != 0) {
      return fail(core::system_error(step));
    }
    if (::listen(descriptor.number, backlog) != 0) {
      trouble = cannot_bind(step, *endpoint, errno);
      break;
    }
    ListeningSocket socket(executor, descriptor.release());
    if (endpoint->is_unix()) socket.file_ = std::make_shared<SocketFile>(endpoint->path);
    SocketAddress bound;
    bound.size = sizeof bound.storage;
    (void)::getsockname(socket.descriptor_.native_handle(), bound.get(), &bound.size);
    socket.address_ = endpoint->is_unix() ? endpoint->text() : bound.text();
    return socket;
  }
  return fail(std::move(trouble));
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat state{};
  if (::lstat(path_.c_str(), &state) == 0) inode_ = state.st_ino;
}

SocketFile::~SocketFile() {
  struct stat state{};
  if (::lstat(path_.c_str(), &state) == 0 && state.st_ino == inode_) (void)::unlink(path_.c_str());
}

Outcome<ListeningSocket> ListeningSocket::share(const async::Executor& executor) {
  const int again = ::fcntl(descriptor_.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (again < 0) return fail(core::system_error("cannot go on listening on " + address_));
  ListeningSocket other(executor, again);
  other.address_ = address_;
  other.file_ = file_;
  return other;
}

void ListeningSocket::close() {
  file_.reset();
  error_code ignored;
  descriptor_.close(ignored);
}

core::Task<void> ListeningSocket::wait() {
  constexpr auto ready = boost::asio::posix::stream_descriptor::wait_read;
  co_await descriptor_.async_wait(ready, boost::asio::use_awaitable);
}

error_code ListeningSocket::accept(std::optional<Socket>& accepted) {
  const int descriptor =
      ::accept4(descriptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) return {errno, boost::system::system_category()};
  const int on = 1;
  if (!is_unix()) (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Descriptor held(descriptor);
  error_code error;
  accepted.emplace(descriptor_.get_executor());
  accepted->assign(boost::asio::generic::stream_protocol(is_unix() ? AF_UNIX : AF_INET, 0), descriptor,
                   error);
  if (!error) held.release();
  return error;
}

std::string name_of_peer(Socket& socket, bool is_unix) {
  if (is_unix) {
    ucred peer{};
    socklen_t size = sizeof peer;
    const int told = ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    return told == 0 ? show_peer(peer.pid, peer.uid) : "unknown";  // and not user 0
  }
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getpeername(socket.native_handle(), address.get(), &address.size) != 0) return "unknown";
  return address.text();
}

}  // namespace outrider::net
