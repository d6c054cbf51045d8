#include "reference/tracer.hpp"

#include "reference/server.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>

#include <arpa/inet.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notation {
namespace {

constexpr std::size_t most_spans = 10'000;  // that wait; more are given up

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

std::string random_id(std::size_t bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 16> random{};
  if (::getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes)) return {};
  std::string id;
  for (std::size_t i = 0; i < bytes; ++i) {
    id += digits[random.at(i) >> 4];
    id += digits[random.at(i) & 15];
  }
  return id;
}

// 00-<trace>-<span>-<flags>
Context caller_of(std::string_view head) {
  constexpr std::string_view name = "traceparent: ";
  constexpr std::size_t length = 55, trace_at = 3, span_at = 36;
  const auto at = head.find(name);
  if (at == std::string_view::npos || head.size() < at + name.size() + length) return {};
  const std::string_view value = head.substr(at + name.size(), length);
  return {std::string(value.substr(trace_at, 32)), std::string(value.substr(span_at, 16))};
}

std::string json_of(const Span& span) {
  std::string json = "{\"traceId\":\"" + span.self.trace_id + "\",\"spanId\":\"" + span.self.span_id + "\"";
  if (!span.parent_id.empty()) json += ",\"parentSpanId\":\"" + span.parent_id + "\"";
  json += ",\"name\":" + json_text(span.name) + ",\"kind\":" + (span.serves ? "2" : "1") +
          ",\"startTimeUnixNano\":\"" + std::to_string(span.start_ns) + "\",\"endTimeUnixNano\":\"" +
          std::to_string(span.end_ns) + "\",\"attributes\":[";
  if (span.serves) {
    json += "{\"key\":\"http.route\",\"value\":{\"stringValue\":" + json_text(span.route) +
            "}},{\"key\":\"http.response.status_code\",\"value\":{\"intValue\":\"" +
            std::to_string(span.status) + "\"}}";
  }
  return json + (span.failed ? "],\"status\":{\"code\":2}}" : "]}");
}

}  // namespace

bool Tracer::send_to(const std::string& place) {
  const auto colon = place.rfind(':');
  if (colon == std::string::npos) return false;
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(place.data() + colon + 1, place.data() + place.size(), port);
  receiver_.sin_family = AF_INET;
  receiver_.sin_port = htons(port);
  is_on_ = problem == std::errc{} && end == place.data() + place.size() && port != 0 &&
           ::inet_pton(AF_INET, place.substr(0, colon).c_str(), &receiver_.sin_addr) == 1;
  if (is_on_) std::thread([this] { send_all(); }).detach();
  return is_on_;
}

Span Tracer::begin(std::string_view head) const {
  Span span;
  if (!is_on_) return span;
  const Context caller = caller_of(head);
  span.self = {caller.trace_id.empty() ? random_id(16) : caller.trace_id, random_id(8)};
  span.parent_id = caller.span_id;
  span.start_ns = now_ns();
  return span;
}

Span Tracer::begin_below(const Span& parent, std::string name) const {
  Span span;
  if (!is_on_) return span;
  span.self = {parent.self.trace_id, random_id(8)};
  span.parent_id = parent.self.span_id;
  span.name = std::move(name);
  span.serves = false;
  span.start_ns = now_ns();
  return span;
}

void Tracer::end(Span span) {
  if (!is_on_) return;
  span.end_ns = now_ns();
  const std::lock_guard lock(mutex_);
  if (ended_.size() < most_spans) ended_.push_back(std::move(span));
}

void Tracer::send_all() {
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    std::vector<Span> spans;
    {
      const std::lock_guard lock(mutex_);
      spans.swap(ended_);
    }
    if (spans.empty()) continue;
    std::string body =
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
        "{\"stringValue\":\"notation-api\"}}]},\"scopeSpans\":[{\"spans\":[";
    for (const Span& span : spans) body += (body.back() == '[' ? "" : ",") + json_of(span);
    if (send(body + "]}]}]}")) continue;
    const std::lock_guard lock(mutex_);  // nobody took them: they come again
    if (spans.size() + ended_.size() <= most_spans) ended_.insert(ended_.begin(), spans.begin(), spans.end());
  }
}

bool Tracer::send(const std::string& body) const {
  const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const std::string request =
      "POST /v1/traces HTTP/1.1\r\nHost: otlp\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
  bool taken =
      peer >= 0 && ::connect(peer, reinterpret_cast<const sockaddr*>(&receiver_), sizeof receiver_) == 0;
  if (taken) send_all_bytes(peer, request);
  std::array<char, 64> answer{};
  taken = taken && ::recv(peer, answer.data(), answer.size() - 1, 0) > 0 &&
          std::string_view(answer.data()).starts_with("HTTP/1.1 200");
  if (peer >= 0) ::close(peer);
  return taken;
}

}  // namespace notation
