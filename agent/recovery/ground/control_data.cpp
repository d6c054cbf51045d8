#include "agent/recovery/ground/control_data.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace outrider::recovery {
namespace {

std::optional<std::uint64_t> value_of(std::string_view output, std::string_view name) {
  for (auto at = output.find(name); at != std::string_view::npos; at = output.find(name, at + 1)) {
    const bool whole_name = (at == 0 || output[at - 1] == '\n') && output.substr(at + name.size(), 1) == ":";
    if (!whole_name) continue;
    auto begin = output.find_first_not_of(" \t", at + name.size() + 1);
    if (begin == std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto line = output.substr(begin, output.find('\n', begin) - begin);
    const auto [end, trouble] = std::from_chars(line.begin(), line.end(), value);
    if (trouble != std::errc{} || end == line.begin()) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace

core::Outcome<ControlData> read_control_data(std::string_view output) {
  ControlData data;
  const auto system_id = value_of(output, "Database system identifier");
  const auto timeline = value_of(output, "Latest checkpoint's TimeLineID");
  const auto segment_bytes = value_of(output, "Bytes per WAL segment");
  if (!system_id || !timeline || !segment_bytes) {
    return core::fail(core::Errc::corrupt, "cannot understand what pg_controldata says of the restored data");
  }
  auto small = [&](std::string_view name) {
    return static_cast<std::uint32_t>(value_of(output, name).value_or(0));
  };
  data.system_id = *system_id;
  data.timeline = static_cast<std::uint32_t>(*timeline);
  data.segment_bytes = *segment_bytes;
  data.checksums = value_of(output, "Data page checksum version").value_or(0) != 0;
  data.max_connections = small("max_connections setting");
  data.max_worker_processes = small("max_worker_processes setting");
  data.max_wal_senders = small("max_wal_senders setting");
  data.max_prepared_transactions = small("max_prepared_xacts setting");
  data.max_locks_per_transaction = small("max_locks_per_xact setting");
  return data;
}

}  // namespace outrider::recovery
