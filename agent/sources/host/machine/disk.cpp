// Block devices: what they did, and what udev knows of them.
#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/collectors/reading.hpp"

#include <fmt/format.h>

namespace outrider::sources::host {
namespace {

struct Figure {
  std::string_view name, help;
  double factor;
  bool counts;
};

constexpr double sector_bytes = 512, millisecond = 1.0 / 1000.0;
constexpr std::array<Figure, 17> figures{{
    {"reads_completed_total", "The total number of reads completed successfully.", 1, true},
    {"reads_merged_total", "The total number of reads merged.", 1, true},
    {"read_bytes_total", "The total number of bytes read successfully.", sector_bytes, true},
    {"read_time_seconds_total", "The total number of seconds spent by all reads.", millisecond, true},
    {"writes_completed_total", "The total number of writes completed successfully.", 1, true},
    {"writes_merged_total", "The number of writes merged.", 1, true},
    {"written_bytes_total", "The total number of bytes written successfully.", sector_bytes, true},
    {"write_time_seconds_total", "This is the total number of seconds spent by all writes.", millisecond,
     true},
    {"io_now", "The number of I/Os currently in progress.", 1, false},
    {"io_time_seconds_total", "Total seconds spent doing I/Os.", millisecond, true},
    {"io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.", millisecond, true},
    {"discards_completed_total", "The total number of discards completed successfully.", 1, true},
    {"discards_merged_total", "The total number of discards merged.", 1, true},
    {"discarded_sectors_total", "The total number of sectors discarded successfully.", 1, true},
    {"discard_time_seconds_total", "This is the total number of seconds spent by all discards.", millisecond,
     true},
    {"flush_requests_total", "The total number of flush requests completed successfully", 1, true},
    {"flush_requests_time_seconds_total", "This is the total number of seconds spent by all flush requests.",
     millisecond, true},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void drop_digits(std::string_view& text) {
  while (!text.empty() && is_digit(text.back())) text.remove_suffix(1);
}

// Partitions and memory disks, as node_exporter's default:
// ^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$
bool is_ignored(std::string_view device) {
  std::string_view stem = device;
  drop_digits(stem);
  if (stem.size() == device.size()) return false;
  if (stem == "ram" || stem == "loop" || stem == "fd") return true;
  if (stem.starts_with("nvme") && stem.ends_with('p')) {
    stem.remove_suffix(1);
    const std::size_t whole = stem.size();
    drop_digits(stem);
    return stem.size() < whole && stem.ends_with('n') && stem.size() > 5 && is_digit(stem[4]);
  }
  if (stem.empty() || stem.back() < 'a' || stem.back() > 'z') return false;
  stem.remove_suffix(1);
  return stem == "hd" || stem == "sd" || stem == "vd" || stem == "xvd";
}

using Properties = std::map<std::string, std::string, std::less<>>;

Properties udev_properties(const Look& look, std::string_view major, std::string_view minor) {
  Properties properties;
  const auto text = os::read_virtual(look.roots.in_root(fmt::format("/run/udev/data/b{}:{}", major, minor)));
  if (!text) return properties;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    if (!line.starts_with("E:")) continue;
    line.remove_prefix(2);
    const std::string_view name = core::take_until(line, '=');
    properties.emplace(name, line);
  }
  return properties;
}

std::string_view first_of(const Properties& properties, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = properties.find(name);
    if (found != properties.end() && !found->second.empty()) return found->second;
  }
  return {};
}

void put_described(const Look& look, std::string_view device, const Properties& known) {
  if (const auto type = first_of(known, {"ID_FS_TYPE"}); !type.empty()) {
    look.out.put(gauge(look.out, "node_disk_filesystem_info", "Info about disk filesystem."), 1,
                 {{"device", device},
                  {"type", type},
                  {"usage", first_of(known, {"ID_FS_USAGE"})},
                  {"uuid", first_of(known, {"ID_FS_UUID"})},
                  {"version", first_of(known, {"ID_FS_VERSION"})}});
  }
  if (const auto name = first_of(known, {"DM_NAME"}); !name.empty()) {
    look.out.put(gauge(look.out, "node_disk_device_mapper_info", "Info about disk device mapper."), 1,
                 {{"device", device},
                  {"lv_layer", first_of(known, {"DM_LV_LAYER"})},
                  {"lv_name", first_of(known, {"DM_LV_NAME"})},
                  {"name", name},
                  {"uuid", first_of(known, {"DM_UUID"})},
                  {"vg_name", first_of(known, {"DM_VG_NAME"})}});
  }
  if (first_of(known, {"ID_ATA"}).empty()) return;
  struct Attribute {
    std::string_view property, name, help;
  };
  static constexpr std::array<Attribute, 3> attributes{{
      {"ID_ATA_WRITE_CACHE", "node_disk_ata_write_cache", "ATA disk has a write cache."},
      {"ID_ATA_WRITE_CACHE_ENABLED", "node_disk_ata_write_cache_enabled",
       "ATA disk has its write cache enabled."},
      {"ID_ATA_ROTATION_RATE_RPM", "node_disk_ata_rotation_rate_rpm",
       "ATA disk rotation rate in RPMs (0 for SSDs)."},
  }};
  for (const Attribute& attribute : attributes) {
    const auto value = core::read_number<double>(first_of(known, {attribute.property}));
    if (value) look.out.put(gauge(look.out, attribute.name, attribute.help), *value, {{"device", device}});
  }
}

}  // namespace

core::Outcome<> collect_diskstats(const Look& look) {
  const core::Outcome<std::string> text = os::read_virtual(look.roots.in_proc("diskstats"));
  if (!text) return core::fail(text.error());
  std::array<Place, figures.size()> places{};
  const Place info = gauge(look.out, "node_disk_info", "Info of /sys/block/<block_device>.");
  for (std::size_t at = 0; at < figures.size(); ++at) {
    const std::string name = fmt::format("node_disk_{}", figures[at].name);
    places[at] = figures[at].counts ? counter(look.out, name, figures[at].help)
                                    : gauge(look.out, name, figures[at].help);
  }
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = core::take_line(rest);
    const std::string_view major = os::take_word(line);
    const std::string_view minor = os::take_word(line);
    const std::string_view device = os::take_word(line);
    if (device.empty() || is_ignored(device)) continue;
    const Properties known = udev_properties(look, major, minor);
    look.out.put(info, 1,
                 {{"device", device},
                  {"major", major},
                  {"minor", minor},
                  {"model", first_of(known, {"ID_MODEL"})},
                  {"path", first_of(known, {"ID_PATH"})},
                  {"revision", first_of(known, {"ID_REVISION"})},
                  {"serial", first_of(known, {"SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT"})},
                  {"wwn", first_of(known, {"ID_WWN"})}});
    for (std::size_t at = 0; at < figures.size() && !line.empty(); ++at) {
      look.out.put(places[at], take_number(line) * figures[at].factor, {{"device", device}});
    }
    put_described(look, device, known);
  }
  return {};
}

}  // namespace outrider::sources::host
