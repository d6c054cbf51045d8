// Many scrapers at once, as Prometheus asks (gzip), on one thread, so that little of the time is the asker's
// own.
//   bench_scrapers PORT COUNT      prints how long each took, in microseconds, one a line
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view request =
    "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/plain;version=0.0.4\r\n"
    "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n";

struct Scrape {
  Clock::time_point began;
  std::size_t bytes = 0;
};

bool ask(std::uint16_t port, pollfd& watched, Scrape& scrape) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  scrape.began = Clock::now();
  watched = {::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), POLLIN, 0};
  if (::connect(watched.fd, reinterpret_cast<sockaddr*>(&there), sizeof there) != 0) return false;
  return ::send(watched.fd, request.data(), request.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(request.size());
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("usage: bench_scrapers PORT COUNT\n", stderr);
    return 64;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(words[1]));
  const auto scrapers = static_cast<std::size_t>(std::atoi(words[2]));
  std::vector<pollfd> watched(scrapers);
  std::vector<Scrape> scrapes(scrapers);
  for (std::size_t at = 0; at < scrapers; ++at) {
    if (ask(port, watched[at], scrapes[at])) continue;
    std::perror("bench_scrapers: cannot ask");
    return 1;
  }
  std::array<char, 65536> block{};
  for (std::size_t left = scrapers; left > 0;) {
    if (::poll(watched.data(), watched.size(), 10'000) <= 0) {
      std::fputs("bench_scrapers: no answer within 10 s\n", stderr);
      return 1;
    }
    for (std::size_t at = 0; at < scrapers; ++at) {
      if (watched[at].revents == 0) continue;
      const ssize_t got = ::recv(watched[at].fd, block.data(), block.size(), 0);
      if (got > 0) {
        scrapes[at].bytes += static_cast<std::size_t>(got);
        continue;
      }
      const auto took =
          std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - scrapes[at].began);
      std::printf("%lld %zu\n", static_cast<long long>(took.count()), scrapes[at].bytes);
      ::close(watched[at].fd);
      watched[at].fd = -1;
      --left;
    }
  }
  return 0;
}
