// What machine this is, what time it has, and two of its tables.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

#include <ctime>

#include <sys/utsname.h>

namespace outrider::sources::host {
namespace {

// NAME=value, NAME="value with \"quotes\"", NAME='value'.
std::string unquoted(std::string_view value) {
  if (value.size() < 2 || (value.front() != '"' && value.front() != '\'') || value.back() != value.front()) {
    return std::string(value);
  }
  const bool has_escapes = value.front() == '"';
  value = value.substr(1, value.size() - 2);
  std::string text;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (has_escapes && value[at] == '\\' && at + 1 < value.size()) ++at;
    text += value[at];
  }
  return text;
}

std::map<std::string, std::string, std::less<>> variables_in(std::string_view text) {
  std::map<std::string, std::string, std::less<>> variables;
  while (!text.empty()) {
    std::string_view line = core::take_line(text);
    if (line.starts_with('#') || line.find('=') == std::string_view::npos) continue;
    const std::string_view name = core::take_until(line, '=');
    variables.emplace(name, unquoted(line));
  }
  return variables;
}

// "12", "22.04": as many digits, then perhaps a point and more of them, as it begins with.
double version_of(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  std::size_t end = std::min(text.find_first_not_of(digits), text.size());
  if (end > 0 && end < text.size() && text[end] == '.') {
    end = std::min(text.find_first_not_of(digits, end + 1), text.size());
  }
  return core::read_number<double>(text.substr(0, end)).value_or(0);
}

void put_clock_sources(const Look& look) {
  const std::string folder = look.roots.in_sys("devices/system/clocksource");
  const Place available = gauge(look.out, "node_time_clocksource_available_info",
                                "Available clocksources read from '/sys/devices/system/clocksource'.");
  const Place current = gauge(look.out, "node_time_clocksource_current_info",
                              "Current clocksource read from '/sys/devices/system/clocksource'.");
  constexpr std::string_view prefix = "clocksource";
  for (const std::string& name : os::names_in(folder)) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view device = std::string_view(name).substr(prefix.size());
    const std::string all = line_of(folder + "/" + name + "/available_clocksource");
    for (const std::string_view source : os::split(all, ' ')) {
      look.out.put(available, 1, {{"clocksource", source}, {"device", device}});
    }
    const std::string now = line_of(folder + "/" + name + "/current_clocksource");
    if (!now.empty()) look.out.put(current, 1, {{"clocksource", now}, {"device", device}});
  }
}

}  // namespace

core::Outcome<> collect_uname(const Look& look) {
  struct utsname about{};
  if (::uname(&about) != 0) return core::fail(core::system_error("cannot ask for the kernel's name"));
  look.out.put(
      gauge(look.out, "node_uname_info", "Labeled system information as provided by the uname system call."),
      1,
      {{"domainname", about.domainname},
       {"machine", about.machine},
       {"nodename", about.nodename},
       {"release", about.release},
       {"sysname", about.sysname},
       {"version", about.version}});
  return {};
}

core::Outcome<> collect_os(const Look& look) {
  core::Outcome<std::string> text = os::read_virtual(look.roots.in_root("/etc/os-release"));
  if (!text) text = os::read_virtual(look.roots.in_root("/usr/lib/os-release"));
  if (!text) return core::fail(text.error());
  const auto variables = variables_in(*text);
  const auto value = [&variables](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view() : std::string_view(found->second);
  };
  look.out.put(gauge(look.out, "node_os_info",
                     "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, "
                     "image_version, name, pretty_name, variant, variant_id, version, version_codename, "
                     "version_id."),
               1,
               {{"build_id", value("BUILD_ID")},
                {"id", value("ID")},
                {"id_like", value("ID_LIKE")},
                {"image_id", value("IMAGE_ID")},
                {"image_version", value("IMAGE_VERSION")},
                {"name", value("NAME")},
                {"pretty_name", value("PRETTY_NAME")},
                {"variant", value("VARIANT")},
                {"variant_id", value("VARIANT_ID")},
                {"version", value("VERSION")},
                {"version_codename", value("VERSION_CODENAME")},
                {"version_id", value("VERSION_ID")}});
  if (const double version = version_of(value("VERSION_ID")); version > 0) {
    look.out.put(
        gauge(look.out, "node_os_version", "Metric containing the major.minor part of the OS version."),
        version, {{"id", value("ID")}, {"id_like", value("ID_LIKE")}, {"name", value("NAME")}});
  }
  return {};
}

core::Outcome<> collect_time(const Look& look) {
  const auto since = look.now.time_since_epoch();
  look.out.put(gauge(look.out, "node_time_seconds", "System time in seconds since epoch (1970)."),
               static_cast<double>(since.count()) / 1e9);
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  std::tm local{};
  if (::localtime_r(&seconds, &local) != nullptr) {
    look.out.put(gauge(look.out, "node_time_zone_offset_seconds", "System time zone offset in seconds."),
                 static_cast<double>(local.tm_gmtoff), {{"time_zone", local.tm_zone}});
  }
  put_clock_sources(look);
  return {};
}

core::Outcome<> collect_filefd(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("sys/fs/file-nr"));
  if (!text) return core::fail(text.error());
  std::string_view rest = std::string_view(*text).substr(0, text->find('\n'));
  const double allocated = take_number(rest);
  take_number(rest);  // free ones: always 0
  look.out.put(gauge(look.out, "node_filefd_allocated", "File descriptor statistics: allocated."), allocated);
  look.out.put(gauge(look.out, "node_filefd_maximum", "File descriptor statistics: maximum."),
               take_number(rest));
  return {};
}

core::Outcome<> collect_entropy(const Look& look) {
  const auto available = number_in(look.roots.in_proc("sys/kernel/random/entropy_avail"));
  if (!available) return core::fail(available.error());
  const auto size = number_in(look.roots.in_proc("sys/kernel/random/poolsize"));
  if (!size) return core::fail(size.error());
  look.out.put(gauge(look.out, "node_entropy_available_bits", "Bits of available entropy."), *available);
  look.out.put(gauge(look.out, "node_entropy_pool_size_bits", "Bits of entropy pool."), *size);
  return {};
}

}  // namespace outrider::sources::host
