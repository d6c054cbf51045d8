// What a forwarder that keeps what it is sent until it has arrived asks of the kernel, and nothing else: each
// request is read whole, written to a file that is synced before its sender is answered, and sent on. It
// reads no span, and many requests share a sync as they do in the agent: the bare limit of `./dev bench
// traces-through`.
//   bench_bare_spans PORT INTO FILE REQUESTS    prints the seconds of processor time that it took
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t file_bytes = 64u << 20;  // then it is written from its beginning again
constexpr std::string_view taken = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

sockaddr_in address_of(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// How many bytes the first message has, its head included; 0 while it is not whole.
std::size_t whole(std::string_view message) {
  const auto end = message.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view name = "Content-Length: ";
  const auto at = message.substr(0, end).find(name);
  std::size_t body = 0;
  if (at != std::string_view::npos)
    std::from_chars(message.data() + at + name.size(), message.data() + end, body);
  return message.size() >= end + 4 + body ? end + 4 + body : 0;
}

bool send_all(int wire, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(wire, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

struct Sender {
  std::string bytes;
  std::size_t filled = 0;
};

class Forwarder {
 public:
  Forwarder(int port, int into, const char* file)
      : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        into_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        file_(open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600)),
        events_(epoll_create1(EPOLL_CLOEXEC)) {
    const int yes = 1;
    setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const sockaddr_in here = address_of(port), there = address_of(into);
    ready_ = bind(listening_, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0 &&
             listen(listening_, 64) == 0 &&
             connect(into_, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 && file_ >= 0;
    watch(listening_);
  }

  bool ready() const { return ready_; }

  // One turn: what has come is read, written down together, answered, and sent on.
  bool turn() {
    std::vector<epoll_event> came(64);
    const int count = epoll_wait(events_, came.data(), static_cast<int>(came.size()), 1000);
    std::vector<std::pair<int, std::size_t>> full;
    for (int i = 0; i < count; ++i) {
      const int wire = came[static_cast<std::size_t>(i)].data.fd;
      if (wire == listening_) {
        watch(accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
      } else if (const std::size_t bytes = read(wire); bytes > 0) {
        full.emplace_back(wire, bytes);
      }
    }
    if (full.empty()) return true;
    for (const auto& [wire, bytes] : full) {
      if (at_ + bytes > file_bytes) at_ = 0;
      if (pwrite(file_, senders_[wire].bytes.data(), bytes, static_cast<off_t>(at_)) < 0) return false;
      at_ += bytes;
    }
    if (fdatasync(file_) != 0) return false;
    for (const auto& [wire, bytes] : full) {
      if (!send_all(wire, taken) || !send_on({senders_[wire].bytes.data(), bytes})) return false;
      senders_[wire].filled = 0;
      ++done_;
    }
    return true;
  }

  int done() const { return done_; }

 private:
  void watch(int wire) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = wire;
    epoll_ctl(events_, EPOLL_CTL_ADD, wire, &wanted);
  }

  std::size_t read(int wire) {
    Sender& sender = senders_[wire];
    if (sender.bytes.empty()) sender.bytes.resize(128u << 10);
    const auto got = recv(wire, sender.bytes.data() + sender.filled, sender.bytes.size() - sender.filled, 0);
    if (got <= 0) {
      close(wire);
      senders_.erase(wire);
      return 0;
    }
    sender.filled += static_cast<std::size_t>(got);
    return whole({sender.bytes.data(), sender.filled});
  }

  bool send_on(std::string_view message) {
    if (!send_all(into_, message)) return false;
    std::string answer;
    while (whole(answer) == 0) {
      char bytes[1024];
      const auto got = recv(into_, bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      answer.append(bytes, static_cast<std::size_t>(got));
    }
    return true;
  }

  int listening_, into_, file_, events_;
  bool ready_ = false;
  std::map<int, Sender> senders_;
  std::size_t at_ = 0;
  int done_ = 0;
};

}  // namespace

int main(int count, char** words) {
  if (count != 5) return 2;
  Forwarder forwarder(std::atoi(words[1]), std::atoi(words[2]), words[3]);
  if (!forwarder.ready()) return 1;
  const int requests = std::atoi(words[4]);
  while (forwarder.done() < requests) {
    if (!forwarder.turn()) return 1;
  }
  std::printf("%.6f\n", processor_seconds());
  return 0;
}
