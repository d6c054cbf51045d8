// The other end of ./dev bench logs: takes Elasticsearch bulk requests on loopback, says 201 to every
// document and forgets it, on one thread and much faster than any agent sends.
//   bench_bulk_sink [--ids]    prints its port; --ids: remembers how many different ids it was given (slower)
//   GET /mark                  from now on the first id that is new is waited for (with --ids)
//   GET /count                 what it has been given since it began, or since POST /reset, as JSON
//   GET /late                  for documents with a field "sent_ns": how late they were, in milliseconds
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <arpa/inet.h>
#include <libdeflate.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr std::size_t read_bytes = 1u << 20;
constexpr std::string_view item = R"({"create":{"status":201}},)";

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Tally {
  std::uint64_t requests = 0, documents = 0, bytes = 0, wire_bytes = 0;
  std::int64_t first_ns = 0, last_ns = 0, new_ns = 0;
  std::unordered_set<std::string> ids;
  std::vector<double> late_ms;
};

class Inflater {
 public:
  // The text of a gzip body; its last four bytes say how long it is.
  std::string_view inflate(std::string_view packed) {
    if (packed.size() < 18) return {};
    std::uint32_t size = 0;
    std::memcpy(&size, packed.data() + packed.size() - 4, sizeof size);
    if (text_.size() < size) text_.resize(size);
    std::size_t actual = 0;
    const auto result =
        libdeflate_gzip_decompress(tool_.get(), packed.data(), packed.size(), text_.data(), size, &actual);
    return result == LIBDEFLATE_SUCCESS ? std::string_view(text_.data(), actual) : std::string_view();
  }

 private:
  std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> tool_{
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor};
  std::string text_;
};

// The bytes of `text` after each `key`, up to `stop`.
template <class Visit>
void each_after(std::string_view text, std::string_view key, std::string_view stops, const Visit& visit) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at += key.size();
    visit(text.substr(at, text.find_first_of(stops, at) - at));
  }
}

// A data stream that has never rolled over.
constexpr const char* one_generation =
    R"({".ds-logs-bench-test-2026.11.21-000001":{"settings":{"index.creation_date":"1795220000000"}}})";

class Sink {
 public:
  explicit Sink(bool ids) : ids_(ids) {}

  std::string answer(std::string_view target, std::string_view head, std::string_view body) {
    if (target.find("/_bulk") != std::string_view::npos) return bulk(target, head, body);
    if (target == "/count") return framed(count());
    if (target == "/late") return framed(late());
    if (target == "/mark") {
      tally_.new_ns = 0;
      return framed("{}");
    }
    if (target == "/reset") {
      tally_ = {};
      return framed("{}");
    }
    if (target.find("/_settings/index.creation_date") != std::string_view::npos)
      return framed(one_generation);
    return framed(R"({"name":"bench","version":{"number":"8.19.21"},"tagline":"You Know, for Search"})");
  }

 private:
  std::string bulk(std::string_view target, std::string_view head, std::string_view body) {
    const std::int64_t now = now_ns();
    tally_.wire_bytes += body.size();
    if (head.find("gzip") != std::string_view::npos) body = inflater_.inflate(body);
    const auto documents = static_cast<std::uint64_t>(std::count(body.begin(), body.end(), '\n')) / 2;
    if (documents == 0) return framed(R"({"error":"no documents","status":400})", "400 Bad Request");
    ++tally_.requests;
    tally_.documents += documents;
    tally_.bytes += body.size();
    tally_.last_ns = now;
    if (tally_.first_ns == 0) tally_.first_ns = now;
    if (ids_) look_into(body, now);
    if (target.find("filter_path") != std::string_view::npos &&
        target.find("status") == std::string_view::npos) {
      return framed(R"({"errors":false})");
    }
    return framed(items(documents));
  }

  void look_into(std::string_view body, std::int64_t now) {
    each_after(body, R"("_id":")", "\"", [this, now](std::string_view id) {
      if (tally_.ids.emplace(id).second && tally_.new_ns == 0) tally_.new_ns = now;
    });
    each_after(body, R"("sent_ns":)", ",}", [this, now](std::string_view digits) {
      std::int64_t sent = 0;
      digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
      std::from_chars(digits.data(), digits.data() + digits.size(), sent);
      tally_.late_ms.push_back(static_cast<double>(now - sent) / 1e6);
    });
  }

  static std::string items(std::uint64_t documents) {
    std::string text = R"({"errors":false,"items":[)";
    text.reserve(text.size() + documents * item.size() + 2);
    for (std::uint64_t at = 0; at < documents; ++at) text += item;
    text.back() = ']';
    return text + "}";
  }

  std::string count() const {
    return R"({"requests":)" + std::to_string(tally_.requests) + R"(,"documents":)" +
           std::to_string(tally_.documents) + R"(,"bytes":)" + std::to_string(tally_.bytes) +
           R"(,"wire_bytes":)" + std::to_string(tally_.wire_bytes) + R"(,"first_ns":)" +
           std::to_string(tally_.first_ns) + R"(,"last_ns":)" + std::to_string(tally_.last_ns) +
           R"(,"new_ns":)" + std::to_string(tally_.new_ns) + R"(,"ids":)" +
           std::to_string(tally_.ids.size()) + "}";
  }

  std::string late() {
    auto& late = tally_.late_ms;
    if (late.empty()) return "{}";
    std::sort(late.begin(), late.end());
    const auto at = [&](double share) {
      return std::to_string(late[static_cast<std::size_t>(share * static_cast<double>(late.size() - 1))]);
    };
    return R"({"documents":)" + std::to_string(late.size()) + R"(,"p50":)" + at(0.5) + R"(,"p99":)" +
           at(0.99) + R"(,"most":)" + at(1) + "}";
  }

  static std::string framed(std::string_view body, std::string_view status = "200 OK") {
    std::string whole =
        "HTTP/1.1 " + std::string(status) +
        "\r\nX-elastic-product: Elasticsearch\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n";
    whole += body;
    return whole;
  }

  bool ids_;
  Tally tally_;
  Inflater inflater_;
};

std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        ::strncasecmp(line.data(), name.data(), name.size()) == 0) {
      const std::size_t value = line.find_first_not_of(' ', name.size() + 1);
      return value == std::string_view::npos ? std::string_view() : line.substr(value);
    }
  }
  return {};
}

struct Connection {
  std::string in, out;
  std::size_t used = 0, sent = 0;
};

// Answers the whole requests in `in`; what is left over moves to its front.
void serve(Connection& connection, Sink& sink) {
  std::size_t at = 0;
  while (true) {
    const std::string_view rest(connection.in.data() + at, connection.used - at);
    const std::size_t end = rest.substr(0, 16 * 1024).find("\r\n\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view head = rest.substr(0, end + 2);
    const std::string_view length = header(head, "content-length");
    std::size_t body = 0;
    std::from_chars(length.data(), length.data() + length.size(), body);
    if (rest.size() < end + 4 + body) {
      if (connection.in.size() < end + 4 + body + read_bytes)
        connection.in.resize(end + 4 + body + read_bytes);
      break;
    }
    const std::size_t target = head.find(' ') + 1;
    connection.out += sink.answer(head.substr(target, head.find(' ', target) - target),
                                  header(head, "content-encoding"), rest.substr(end + 4, body));
    at += end + 4 + body;
  }
  if (at == 0) return;
  std::memmove(connection.in.data(), connection.in.data() + at, connection.used - at);
  connection.used -= at;
}

// False: the connection is over.
bool receive(int socket, Connection& connection, Sink& sink) {
  if (connection.in.size() - connection.used < read_bytes)
    connection.in.resize(connection.used + 2 * read_bytes);
  const ssize_t got =
      ::recv(socket, connection.in.data() + connection.used, connection.in.size() - connection.used, 0);
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  connection.used += static_cast<std::size_t>(got);
  serve(connection, sink);
  return true;
}

bool send_on(int socket, Connection& connection) {
  while (connection.sent < connection.out.size()) {
    const ssize_t put = ::send(socket, connection.out.data() + connection.sent,
                               connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (put < 0) return errno == EAGAIN || errno == EINTR;
    connection.sent += static_cast<std::size_t>(put);
  }
  connection.out.clear();
  connection.sent = 0;
  return true;
}

int listen_on_loopback() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(listener, 64) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&here), &size) != 0) {
    std::perror("bench_bulk_sink: cannot listen");
    std::exit(1);
  }
  std::printf("%u\n", ntohs(here.sin_port));
  std::fflush(stdout);
  return listener;
}

void watch(int poll, int socket, std::uint32_t events, int how) {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  ::epoll_ctl(poll, how, socket, &event);
}

}  // namespace

int main(int count, char** words) {
  Sink sink(count > 1 && std::strcmp(words[1], "--ids") == 0);
  const int listener = listen_on_loopback();
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(poll, listener, EPOLLIN, EPOLL_CTL_ADD);
  std::unordered_map<int, Connection> connections;
  std::array<epoll_event, 64> events{};
  while (true) {
    const int ready = ::epoll_wait(poll, events.data(), events.size(), -1);
    for (int at = 0; at < ready; ++at) {
      const int socket = events[static_cast<std::size_t>(at)].data.fd;
      if (socket == listener) {
        const int made = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (made < 0) continue;
        const int yes = 1;
        ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connections[made];
        watch(poll, made, EPOLLIN, EPOLL_CTL_ADD);
        continue;
      }
      Connection& connection = connections[socket];
      if (!receive(socket, connection, sink) || !send_on(socket, connection)) {
        ::close(socket);
        connections.erase(socket);
        continue;
      }
      watch(poll, socket, connection.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
  }
}
