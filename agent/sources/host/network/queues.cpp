// Where packets wait: on their way from the devices, and for those who read them.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

namespace outrider::sources::host {
namespace {

struct Waiting {
  double sending = 0, received = 0;  // bytes
};

// "sl local_address rem_address st tx_queue:rx_queue …", hexadecimal.
Waiting waiting_in(std::string_view table) {
  Waiting sum;
  core::take_line(table);
  while (!table.empty()) {
    std::string_view line = core::take_line(table);
    for (int skipped = 0; skipped < 4; ++skipped) os::take_word(line);
    std::string_view queues = os::take_word(line);
    const std::string_view sending = core::take_until(queues, ':');
    sum.sending += os::hexadecimal(sending).value_or(0);
    sum.received += os::hexadecimal(queues).value_or(0);
  }
  return sum;
}

}  // namespace

core::Outcome<> collect_softnet(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("net/softnet_stat"));
  if (!text) return core::fail(text.error());
  const Place processed = counter(look.out, "node_softnet_processed_total", "Number of processed packets");
  const Place dropped = counter(look.out, "node_softnet_dropped_total", "Number of dropped packets");
  const Place squeezed = counter(look.out, "node_softnet_times_squeezed_total",
                                 "Number of times processing packets ran out of quota");
  std::string_view rest = *text;
  for (std::size_t processor = 0; !rest.empty(); ++processor) {
    std::string_view line = core::take_line(rest);
    const std::string cpu = std::to_string(processor);
    for (const Place place : {processed, dropped, squeezed}) {
      look.out.put(place, os::hexadecimal(os::take_word(line)).value_or(0), {{"cpu", cpu}});
    }
  }
  return {};
}

core::Outcome<> collect_udp_queues(const Look& look) {
  const Place queues = gauge(look.out, "node_udp_queues",
                             "Number of allocated memory in the kernel for UDP datagrams in bytes.");
  bool is_there = false;
  for (const auto& [file, version] : {std::pair("net/udp", "v4"), std::pair("net/udp6", "v6")}) {
    const core::Outcome<std::string> table = os::read_virtual(look.roots.in_proc(file));
    if (!table) continue;
    is_there = true;
    const Waiting waiting = waiting_in(*table);
    look.out.put(queues, waiting.sending, {{"ip", version}, {"queue", "tx"}});
    look.out.put(queues, waiting.received, {{"ip", version}, {"queue", "rx"}});
  }
  if (!is_there) return core::fail(core::Errc::unsupported, "cannot find any UDP here");
  return {};
}

}  // namespace outrider::sources::host
