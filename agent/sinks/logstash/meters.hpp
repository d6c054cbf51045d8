// What is counted of one such sink.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace outrider::sinks::logstash {

struct Meters {
  Meters(::prometheus::Registry& registry, const std::string& sink,
         const std::vector<std::string>& addresses);

  void connected(std::size_t host);
  void failed(std::size_t host, std::string_view reason);  // connect, lost, silent, blocked, protocol

  struct Host {
    ::prometheus::Counter* connections = nullptr;
    std::map<std::string, ::prometheus::Counter*, std::less<>> failures;
  };
  std::vector<Host> hosts;
  ::prometheus::Counter* sent_bytes;
  ::prometheus::Counter* resent_records;
  ::prometheus::Counter* keep_alives;
  ::prometheus::Gauge* blocked;
};

}  // namespace outrider::sinks::logstash
