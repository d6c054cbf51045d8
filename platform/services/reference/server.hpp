// One thread a connection, plain POSIX sockets, an answer and goodbye. Small on purpose.
#pragma once

#include "reference/metrics.hpp"
#include "reference/options.hpp"
#include "reference/tracer.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace notation {

struct Answer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

class Server {
 public:
  explicit Server(const Options& options) : options_(options) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // False, having said why on stderr.
  bool listen();
  std::uint16_t port() const { return port_; }

  // Answers until `stop` becomes readable, then waits up to five seconds for answers under way.
  void serve(int stop);

 private:
  void converse(int peer);
  Answer answer(const std::string& method, const std::string& path, const std::string& query,
                const Span& span);
  Answer broken(const std::string& how);
  [[noreturn]] static void stand_still();
  void leak();

  Options options_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  Metrics metrics_;
  Tracer tracer_;
  std::atomic<int> busy_ = 0;
  std::atomic<bool> sick_ = false;
  std::atomic<bool> hanging_ = false;
  std::atomic<bool> leaking_ = false;
};

// One JSON line on stdout.
void log_line(const char* level, const std::string& message, const std::string& more_fields = {});
std::string json_text(std::string_view text);
void send_all_bytes(int peer, std::string_view bytes);

}  // namespace notation
