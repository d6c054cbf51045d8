#include "reference/server.hpp"

#include "reference/notation.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notation {
namespace {

constexpr std::size_t head_limit_bytes = 8192;
constexpr int peer_limit = 64;

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      plain += static_cast<char>(std::strtol(std::string(text.substr(at + 1, 2)).c_str(), nullptr, 16));
      at += 2;
    } else {
      plain += text[at] == '+' ? ' ' : text[at];
    }
  }
  return plain;
}

std::string parameter(const std::string& query, const std::string& name) {
  std::string_view left = query;
  while (!left.empty()) {
    const std::string_view pair = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(left.size(), pair.size() + 1));
    if (pair.starts_with(name + "=")) return decoded(pair.substr(name.size() + 1));
  }
  return {};
}

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    default: return "Service Unavailable";
  }
}

// The request's head, or nothing when the peer went away, was too slow or said too much.
std::string read_head(int peer) {
  std::string head;
  std::array<char, 2048> block{};
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < head_limit_bytes) {
    const ssize_t got = ::recv(peer, block.data(), block.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    head.append(block.data(), static_cast<std::size_t>(got));
  }
  return head;
}

Answer read_notation(const std::string& query) {
  std::string wrong;
  const std::string text = parameter(query, "notes");
  const std::vector<Note> notes = read_notes(text, wrong);
  if (notes.empty()) {
    return {400, "application/json",
            "{\"error\":\"cannot read these notes\",\"note\":" + json_text(wrong) +
                ",\"example\":\"/v1/notation?notes=C4,E4,G4\"}\n"};
  }
  std::string body = "{\"notes\":[";
  for (const Note& note : notes) {
    std::array<char, 32> hertz{};
    std::snprintf(hertz.data(), hertz.size(), "%.2f", note.hertz);
    body += (body.back() == '[' ? "{\"name\":" : ",{\"name\":") + json_text(note.name) +
            ",\"hertz\":" + hertz.data() + "}";
  }
  return {200, "application/json", body + "],\"chord\":" + json_text(chord_of(notes)) + "}\n"};
}

const std::string& known_route(const std::string& path) {
  static const std::array<std::string, 5> routes{"/healthz", "/metrics", "/v1/notation", "/break", "/"};
  static const std::string other = "other";
  for (const std::string& route : routes) {
    if (path == route) return route;
  }
  return other;
}

}  // namespace

void send_all_bytes(int peer, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') quoted += '\\';
    if (static_cast<unsigned char>(letter) < 0x20) {
      quoted += ' ';
    } else {
      quoted += letter;
    }
  }
  return quoted + '"';
}

void log_line(const char* level, const std::string& message, const std::string& more_fields) {
  static std::mutex one_at_a_time;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 32> time{};
  std::strftime(time.data(), time.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(now.tv_nsec / 1'000'000 % 1000));
  const std::lock_guard lock(one_at_a_time);
  std::printf("{\"time\":\"%s%s\",\"level\":\"%s\",\"message\":%s%s}\n", time.data(), fraction.data(), level,
              json_text(message).c_str(), more_fields.c_str());
  std::fflush(stdout);
}

Server::~Server() {
  if (listener_ >= 0) ::close(listener_);
}

bool Server::listen() {
  if (!options_.spans_to.empty() && !tracer_.send_to(options_.spans_to)) {
    std::fprintf(stderr, "notation-api: not an address and port: %s\n", options_.spans_to.c_str());
    return false;
  }
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(options_.port);
  if (::inet_pton(AF_INET, options_.address.c_str(), &here.sin_addr) != 1) {
    std::fprintf(stderr, "notation-api: not an IPv4 address: %s\n", options_.address.c_str());
    return false;
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  socklen_t size = sizeof here;
  auto* address = reinterpret_cast<sockaddr*>(&here);
  if (listener_ < 0 || ::bind(listener_, address, size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, address, &size) != 0) {
    std::fprintf(stderr, "notation-api: cannot listen on %s:%u: %s\n", options_.address.c_str(),
                 options_.port, std::strerror(errno));
    return false;
  }
  port_ = ntohs(here.sin_port);
  return true;
}

void Server::serve(int stop) {
  std::array<pollfd, 2> watched{pollfd{listener_, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  for (;;) {
    if (hanging_) stand_still();
    if (::poll(watched.data(), watched.size(), 50) < 0 && errno != EINTR) break;
    if ((watched[1].revents & POLLIN) != 0) break;
    if ((watched[0].revents & POLLIN) == 0) continue;
    const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    if (busy_ >= peer_limit) {
      send_all_bytes(peer,
                     "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      ::close(peer);
      continue;
    }
    const timeval patience{5, 0};
    ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ++busy_;
    std::thread([this, peer] {
      converse(peer);
      ::close(peer);
      --busy_;
    }).detach();
  }
  for (int waited_ms = 0; busy_ > 0 && waited_ms < 5000; waited_ms += 10) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void Server::converse(int peer) {
  const std::string head = read_head(peer);
  if (hanging_) stand_still();
  if (head.empty()) return;
  const auto started = std::chrono::steady_clock::now();
  const auto first_space = head.find(' ');
  const auto second_space = head.find(' ', first_space + 1);
  if (first_space == std::string::npos || second_space == std::string::npos) return;
  const std::string method = head.substr(0, first_space);
  const std::string target = head.substr(first_space + 1, second_space - first_space - 1);
  const auto mark = target.find('?');
  const std::string path = decoded(std::string_view(target).substr(0, mark));
  const std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);

  Span span = tracer_.begin(head);
  span.route = known_route(path);
  span.name = method + " " + span.route;
  const Answer given = answer(method, path, query, span);
  span.status = given.status;
  span.failed = given.status >= 500;
  const std::string ids = span.self.trace_id.empty() ? ""
                                                     : ",\"trace_id\":\"" + span.self.trace_id +
                                                           "\",\"span_id\":\"" + span.self.span_id + "\"";
  tracer_.end(std::move(span));
  send_all_bytes(peer, "HTTP/1.1 " + std::to_string(given.status) + " " + reason_of(given.status) +
                           "\r\nContent-Type: " + given.type +
                           "\r\nContent-Length: " + std::to_string(given.body.size()) +
                           "\r\nConnection: close\r\n\r\n" + (method == "HEAD" ? "" : given.body));
  const auto took = std::chrono::steady_clock::now() - started;
  metrics_.count(known_route(path), given.status, took);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const bool routine = path == "/healthz" || path == "/metrics";
  if (!routine || given.status >= 500) {
    log_line(given.status >= 500 ? "error" : "info", "Answered a request",
             ",\"method\":" + json_text(method) + ",\"path\":" + json_text(path) + ",\"status\":" +
                 std::to_string(given.status) + ",\"took_us\":" + std::to_string(microseconds) + ids);
  }
}

Answer Server::answer(const std::string& method, const std::string& path, const std::string& query,
                      const Span& span) {
  if (path == "/break") return broken(parameter(query, "how"));
  if (method != "GET" && method != "HEAD") return {405, "text/plain", "only GET and HEAD are known here\n"};
  if (path == "/healthz") {
    if (sick_) return {503, "text/plain", "sick: the store of scores does not answer\n"};
    return {200, "text/plain", "ok\n"};
  }
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_.render()};
  if (path == "/v1/notation") {
    Span reading = tracer_.begin_below(span, "read the notes");
    Answer given = read_notation(query);
    tracer_.end(std::move(reading));
    return given;
  }
  if (path == "/") return {200, "text/plain", "notation-api: try /v1/notation?notes=C4,E4,G4\n"};
  return {404, "text/plain", "no such page; try /v1/notation?notes=C4,E4,G4\n"};
}

Answer Server::broken(const std::string& how) {
  if (!options_.allow_breaking)
    return {403, "text/plain", "breaking is not allowed: start with --allow-breaking\n"};
  log_line("warn", "Breaking as asked", ",\"how\":" + json_text(how));
  std::fprintf(stderr, "notation-api: about to break: %s\n", how.c_str());
  if (how == "crash") std::raise(SIGSEGV);
  if (how == "exit") ::_exit(3);
  if (how == "hang") {
    hanging_ = true;
    return {202, "text/plain", "from now on nothing answers\n"};
  }
  if (how == "sick") {
    sick_ = true;
    metrics_.set_sick(true);
    return {202, "text/plain", "/healthz says 503 until a restart\n"};
  }
  if (how == "leak") {
    if (!leaking_.exchange(true)) std::thread([this] { leak(); }).detach();
    return {202, "text/plain", "leaking 8 MiB a second\n"};
  }
  return {400, "text/plain", "how must be crash, exit, hang, sick or leak\n"};
}

// Alive, and of no use to anyone: the listener stays open, so that callers connect and then wait in vain.
void Server::stand_still() {
  for (;;) ::pause();
}

void Server::leak() {
  constexpr std::size_t step_bytes = 1 << 20;
  for (std::uint64_t held = 0; held < options_.leak_limit_bytes;) {
    auto* lost = static_cast<char*>(std::malloc(step_bytes));
    if (lost == nullptr) break;
    std::memset(lost, 1, step_bytes);  // touched, so that it is really held
    held += step_bytes;
    metrics_.set_leaked(held);
    std::this_thread::sleep_for(std::chrono::milliseconds(125));
  }
  std::fprintf(stderr, "notation-api: the leak has reached its limit\n");
}

}  // namespace notation
