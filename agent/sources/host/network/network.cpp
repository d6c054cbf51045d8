// The network: devices, protocols, sockets, tracked connections.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

#include <algorithm>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

namespace outrider::sources::host {
namespace {

Place device_counter(telemetry::FamilyWriter& out, std::string_view key) {
  return counter(out, fmt::format("node_network_{}_total", key),
                 fmt::format("Network device statistic {}.", key));
}

template <std::size_t size>
bool is_among(std::string_view word, const std::array<std::string_view, size>& words) {
  return std::ranges::find(words, word) != words.end();
}

// As node_exporter's default.
bool is_shown(std::string_view protocol, std::string_view field) {
  static constexpr std::array<std::string_view, 7> of_tcp{
      "ActiveOpens", "InSegs", "OutSegs", "OutRsts", "PassiveOpens", "RetransSegs", "CurrEstab"};
  static constexpr std::array<std::string_view, 5> of_udp{"InDatagrams", "OutDatagrams", "NoPorts",
                                                          "RcvbufErrors", "SndbufErrors"};
  if (field == "InErrors" || field == "InErrs") return true;
  if (protocol == "Ip") return field == "Forwarding";
  if (protocol == "Ip6" || protocol == "IpExt") return field == "InOctets" || field == "OutOctets";
  if (protocol == "Icmp" || protocol == "Icmp6") return field == "InMsgs" || field == "OutMsgs";
  if (protocol == "TcpExt") {
    return field.starts_with("Listen") || field.starts_with("Syncookies") || field == "TCPSynRetrans" ||
           field == "TCPTimeouts";
  }
  if (protocol == "Tcp") return is_among(field, of_tcp);
  if (protocol == "Udp" || protocol == "Udp6") return is_among(field, of_udp);
  return false;
}

void put_statistic(const Look& look, std::string_view protocol, std::string_view field, double value) {
  look.out.put(untyped(look.out, fmt::format("node_netstat_{}_{}", protocol, field),
                       fmt::format("Statistic {}{}.", protocol, field)),
               value);
}

// Two lines a protocol: "Tcp: ActiveOpens …" and "Tcp: 172 …".
void put_paired(const Look& look, std::string_view text) {
  while (!text.empty()) {
    std::string_view names = core::take_line(text);
    std::string_view values = core::take_line(text);
    std::string_view protocol = os::take_word(names);
    if (protocol.empty() || protocol != os::take_word(values)) return;
    protocol.remove_suffix(1);
    while (!names.empty() && !values.empty()) {
      const std::string_view field = os::take_word(names);
      const double value = take_number(values);
      if (is_shown(protocol, field)) put_statistic(look, protocol, field, value);
    }
  }
}

// "Ip6InOctets   128"
void put_version_6(const Look& look, std::string_view text) {
  while (!text.empty()) {
    std::string_view line = core::take_line(text);
    const std::string_view name = os::take_word(line);
    const std::size_t six = name.find('6');
    if (six == std::string_view::npos) continue;
    const std::string_view protocol = name.substr(0, six + 1), field = name.substr(six + 1);
    if (is_shown(protocol, field)) put_statistic(look, protocol, field, take_number(line));
  }
}

void put_sockets(const Look& look, std::string_view text, bool version_6) {
  static constexpr std::array<std::string_view, 6> known{"inuse", "orphan", "tw", "alloc", "mem", "memory"};
  const auto put = [&look](std::string_view protocol, std::string_view key, double value) {
    look.out.put(gauge(look.out, fmt::format("node_sockstat_{}_{}", protocol, key),
                       fmt::format("Number of {} sockets in state {}.", protocol, key)),
                 value);
  };
  while (!text.empty()) {
    std::string_view line = core::take_line(text);
    std::string_view protocol = os::take_word(line);
    if (!protocol.ends_with(':')) continue;
    protocol.remove_suffix(1);
    while (!line.empty()) {
      const std::string_view key = os::take_word(line);
      const double value = take_number(line);
      if (protocol == "sockets") {
        if (key != "used" || version_6) continue;
        look.out.put(gauge(look.out, "node_sockstat_sockets_used", "Number of IPv4 sockets in use."), value);
      } else if (is_among(key, known)) {
        put(protocol, key, value);
        if (key == "mem") put(protocol, "mem_bytes", value * static_cast<double>(::getpagesize()));
      }
    }
  }
}

}  // namespace

core::Outcome<> collect_netdev(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("net/dev"));
  if (!text) return core::fail(text.error());
  static constexpr std::array<std::string_view, 16> keys{
      "receive_bytes",  "receive_packets",  "receive_errs",       "receive_drop",
      "receive_fifo",   "receive_frame",    "receive_compressed", "receive_multicast",
      "transmit_bytes", "transmit_packets", "transmit_errs",      "transmit_drop",
      "transmit_fifo",  "transmit_colls",   "transmit_carrier",   "transmit_compressed"};
  std::array<Place, keys.size()> places{};
  for (std::size_t at = 0; at < keys.size(); ++at) places[at] = device_counter(look.out, keys[at]);
  const Place without_handler = device_counter(look.out, "receive_nohandler");
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    const std::size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;  // the headings
    std::string_view name = line.substr(0, colon);
    const std::string_view device = os::take_word(name);
    line.remove_prefix(colon + 1);
    for (const Place place : places) look.out.put(place, take_number(line), {{"device", device}});
    // The one that /proc/net/dev does not have.
    const auto unhandled =
        number_in(look.roots.in_sys(fmt::format("class/net/{}/statistics/rx_nohandler", device)));
    if (unhandled) look.out.put(without_handler, *unhandled, {{"device", device}});
  }
  return {};
}

core::Outcome<> collect_netstat(const Look& look) {
  const core::Outcome<std::string> netstat = os::read_virtual(look.roots.in_proc("net/netstat"));
  if (!netstat) return core::fail(netstat.error());
  const core::Outcome<std::string> snmp = os::read_virtual(look.roots.in_proc("net/snmp"));
  if (!snmp) return core::fail(snmp.error());
  put_paired(look, *netstat);
  put_paired(look, *snmp);
  if (const auto six = os::read_virtual(look.roots.in_proc("net/snmp6"))) put_version_6(look, *six);
  return {};
}

core::Outcome<> collect_sockstat(const Look& look) {
  const core::Outcome<std::string> four = os::read_virtual(look.roots.in_proc("net/sockstat"));
  const core::Outcome<std::string> six = os::read_virtual(look.roots.in_proc("net/sockstat6"));
  if (!four && !six) return core::fail(four.error());
  if (four) put_sockets(look, *four, false);
  if (six) put_sockets(look, *six, true);
  return {};
}

core::Outcome<> collect_conntrack(const Look& look) {
  const core::Outcome<double> entries = number_in(look.roots.in_proc("sys/net/netfilter/nf_conntrack_count"));
  if (!entries) return core::fail(entries.error());
  const core::Outcome<double> limit = number_in(look.roots.in_proc("sys/net/netfilter/nf_conntrack_max"));
  if (!limit) return core::fail(limit.error());
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("net/stat/nf_conntrack"));
  if (!text) return core::fail(text.error());
  struct Figure {
    std::string_view name, help;
  };
  static constexpr std::array<Figure, 8> figures{{
      {"found", "Number of searched entries which were successful."},
      {"invalid", "Number of packets seen which can not be tracked."},
      {"ignore", "Number of packets seen which are already connected to a conntrack entry."},
      {"insert", "Number of entries inserted into the list."},
      {"insert_failed", "Number of entries for which list insertion was attempted but failed."},
      {"drop", "Number of packets dropped due to conntrack failure."},
      {"early_drop",
       "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached."},
      {"search_restart",
       "Number of conntrack table lookups which had to be restarted due to hashtable resizes."},
  }};
  look.out.put(gauge(look.out, "node_nf_conntrack_entries",
                     "Number of currently allocated flow entries for connection tracking."),
               *entries);
  look.out.put(
      gauge(look.out, "node_nf_conntrack_entries_limit", "Maximum size of connection tracking table."),
      *limit);
  // A line of names, and one of hexadecimal numbers a processor.
  std::string_view rest = *text;
  const std::vector<std::string_view> names = os::split(core::take_line(rest), ' ');
  std::map<std::string_view, double> sums;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    for (const std::string_view name : names) sums[name] += os::hexadecimal(os::take_word(line)).value_or(0);
  }
  for (const Figure& figure : figures) {
    look.out.put(gauge(look.out, fmt::format("node_nf_conntrack_stat_{}", figure.name), figure.help),
                 sums[figure.name]);
  }
  return {};
}

}  // namespace outrider::sources::host
