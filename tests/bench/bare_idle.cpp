// What an idle agent asks of the kernel each second, and nothing else: the bare limit of `./dev bench idle`.
//   bench_bare_idle PORT PID SECONDS    prints the share of a core that it took, in per cent
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

// As the flight recorder does.
void read_all(const std::string& path) {
  std::array<char, 8192> bytes{};
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  while (read(file, bytes.data(), bytes.size()) > 0) {
  }
  close(file);
}

void look(const std::string& pid) {
  read_all("/proc/" + pid + "/stat");
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + pid + "/fd")) (void)entry;
  for (const char* what : {"cpu", "memory", "io"}) read_all(std::string("/proc/pressure/") + what);
}

// As a probe does: a new connection each time.
bool probe(int events, std::uint16_t port) {
  const int wire = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(wire, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  epoll_event wanted{}, came{};
  wanted.events = EPOLLOUT;
  epoll_ctl(events, EPOLL_CTL_ADD, wire, &wanted);
  epoll_wait(events, &came, 1, 1000);
  constexpr std::string_view question =
      "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  const bool sent = send(wire, question.data(), question.size(), MSG_NOSIGNAL) > 0;
  wanted.events = EPOLLIN;
  epoll_ctl(events, EPOLL_CTL_MOD, wire, &wanted);
  epoll_wait(events, &came, 1, 1000);
  std::array<char, 4096> answer{};
  const bool answered = recv(wire, answer.data(), answer.size(), 0) > 0;
  close(wire);
  return sent && answered;
}

double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(words[1]));
  const int seconds = std::atoi(words[3]);
  const int events = epoll_create1(EPOLL_CLOEXEC);
  const double before = processor_seconds();
  for (int second = 0; second < seconds; ++second) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    look(words[2]);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    if (!probe(events, port)) return 1;
  }
  std::printf("%.5f\n", 100 * (processor_seconds() - before) / seconds);
  return 0;
}
