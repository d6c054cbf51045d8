// Memory, and what paging costs.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

#include <fmt/format.h>

namespace outrider::sources::host {
namespace {

// "Active(anon)" becomes Active_anon.
std::string key_of(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c == ')') continue;
    key += c == '(' ? '_' : c;
  }
  return key;
}

// As node_exporter's default: oom_kill, pgpg*, pswp*, pg*fault*.
bool is_shown(std::string_view field) {
  if (field.starts_with("oom_kill") || field.starts_with("pgpg") || field.starts_with("pswp")) return true;
  return field.starts_with("pg") && field.find("fault") != std::string_view::npos;
}

}  // namespace

core::Outcome<> collect_meminfo(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("meminfo"));
  if (!text) return core::fail(text.error());
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    std::string_view name = os::take_word(line);
    if (!name.ends_with(':')) continue;
    name.remove_suffix(1);
    double value = take_number(line);
    std::string key = key_of(name);
    if (!line.empty()) {  // "kB"
      value *= 1024;
      key += "_bytes";
    }
    const Place place =
        gauge(look.out, "node_memory_" + key, fmt::format("Memory information field {}.", key));
    look.out.put(place, value);
  }
  return {};
}

core::Outcome<> collect_vmstat(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("vmstat"));
  if (!text) return core::fail(text.error());
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    const std::string_view field = os::take_word(line);
    if (!is_shown(field)) continue;
    const Place place = untyped(look.out, fmt::format("node_vmstat_{}", field),
                                fmt::format("/proc/vmstat information field {}.", field));
    look.out.put(place, take_number(line));
  }
  return {};
}

}  // namespace outrider::sources::host
