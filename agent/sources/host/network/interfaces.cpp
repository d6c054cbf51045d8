// Network interfaces as /sys knows them, and how many neighbours each has.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

#include <optional>

#include <fmt/format.h>

namespace outrider::sources::host {
namespace {

struct Property {
  std::string_view file, name;
  double factor;
  bool counts;
};

constexpr double bytes_in_megabit = 1000.0 * 1000.0 / 8.0;
constexpr std::array<Property, 17> properties{{
    {"addr_assign_type", "address_assign_type", 1, false},
    {"carrier", "carrier", 1, false},
    {"carrier_changes", "carrier_changes_total", 1, true},
    {"carrier_down_count", "carrier_down_changes_total", 1, true},
    {"carrier_up_count", "carrier_up_changes_total", 1, true},
    {"dev_id", "device_id", 1, false},
    {"dormant", "dormant", 1, false},
    {"flags", "flags", 1, false},
    {"ifindex", "iface_id", 1, false},
    {"iflink", "iface_link", 1, false},
    {"link_mode", "iface_link_mode", 1, false},
    {"mtu", "mtu_bytes", 1, false},
    {"name_assign_type", "name_assign_type", 1, false},
    {"netdev_group", "net_dev_group", 1, false},
    {"speed", "speed_bytes", bytes_in_megabit, false},
    {"tx_queue_len", "transmit_queue_length", 1, false},
    {"type", "protocol_type", 1, false},
}};

// Decimal, or hexadecimal after 0x.
std::optional<double> number_of(std::string_view text) {
  if (!text.starts_with("0x")) return core::read_number<double>(text);
  return os::hexadecimal(text.substr(2));
}

}  // namespace

core::Outcome<> collect_netclass(const Look& look) {
  const std::string folder = look.roots.in_sys("class/net");
  const std::vector<std::string> devices = os::names_in(folder);
  if (devices.empty()) return core::fail(core::Errc::not_found, "cannot find interfaces in " + folder);
  const Place up = gauge(look.out, "node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.");
  const Place info = gauge(look.out, "node_network_info",
                           "Non-numeric data from /sys/class/net/<iface>, value is always 1.");
  for (const std::string& device : devices) {
    const auto line = [&](std::string_view file) {
      return line_of(fmt::format("{}/{}/{}", folder, device, file));
    };
    const std::string state = line("operstate");
    if (state.empty()) continue;  // bonding_masters is a file there
    look.out.put(up, state == "up" ? 1 : 0, {{"device", device}});
    look.out.put(info, 1,
                 {{"address", line("address")},
                  {"broadcast", line("broadcast")},
                  {"device", device},
                  {"duplex", line("duplex")},
                  {"ifalias", line("ifalias")},
                  {"operstate", state}});
    for (const Property& property : properties) {
      const auto value = number_of(line(property.file));
      if (!value) continue;  // an interface that is down has no speed, lo no carrier
      const std::string name = fmt::format("node_network_{}", property.name);
      const std::string help = fmt::format("Network device property: {}", property.name);
      const Place place = property.counts ? counter(look.out, name, help) : gauge(look.out, name, help);
      look.out.put(place, *value * property.factor, {{"device", device}});
    }
  }
  return {};
}

core::Outcome<> collect_arp(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("net/arp"));
  if (!text) return core::fail(text.error());
  std::string_view rest = *text;
  core::take_line(rest);  // headings
  std::map<std::string, double> entries;
  while (!rest.empty()) {
    const std::vector<std::string_view> words = os::split(core::take_line(rest), ' ');
    if (words.size() == 6) ++entries[std::string(words[5])];
  }
  for (const auto& [device, count] : entries) {
    look.out.put(gauge(look.out, "node_arp_entries", "ARP entries by device"), count, {{"device", device}});
  }
  return {};
}

}  // namespace outrider::sources::host
