// Spans of requests, sent twice a second to an OTLP receiver (HTTP, JSON), with nothing but plain sockets.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <netinet/in.h>

namespace notation {

// Which span others belong below. Empty ids: nobody traces.
struct Context {
  std::string trace_id, span_id;  // in hexadecimal
};

struct Span {
  Context self;
  std::string parent_id;
  std::string name, route;
  bool serves = true;  // else it is a part of the work
  bool failed = false;
  int status = 0;
  std::uint64_t start_ns = 0, end_ns = 0;  // since 1970
};

class Tracer {
 public:
  Tracer() = default;
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // "127.0.0.1:4318". False when it is no such place.
  bool send_to(const std::string& place);

  // A span below whatever the request's `traceparent` names, or of a new trace.
  Span begin(std::string_view head) const;
  Span begin_below(const Span& parent, std::string name) const;
  void end(Span span);

 private:
  void send_all();
  bool send(const std::string& body) const;

  sockaddr_in receiver_{};
  bool is_on_ = false;
  std::mutex mutex_;
  std::vector<Span> ended_;
};

}  // namespace notation
