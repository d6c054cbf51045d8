#include "agent/sources/redis/info.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/net/resp/resp.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace outrider::sources::redis {
namespace {

using net::resp::field;
using telemetry::FamilyWriter;
using telemetry::MetricType;
using telemetry::Suffix;

std::optional<double> number_in(std::string_view text) {
  if (text == "ok" || text == "true") return 1;
  if (text == "err" || text == "fail" || text == "false") return 0;
  return core::read_number<double>(text);
}

// Of "calls=21,usec=175"; empty: there is none of that name.
std::string_view part_of(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    std::string_view part = core::take_until(list, ',');
    if (core::take_until(part, '=') == name) return part;
  }
  return {};
}

// What is behind `prefix` in a key; nothing when it has another.
std::optional<std::string_view> behind(std::string_view prefix, std::string_view key) {
  if (!key.starts_with(prefix)) return std::nullopt;
  return key.substr(prefix.size());
}

bool is_numbered(std::string_view key, std::string_view word) {
  const auto number = behind(word, key);
  return number && !number->empty() && number->find_first_not_of("0123456789") == std::string_view::npos;
}

class Telling {
 public:
  Telling(FamilyWriter& out, std::string_view text) : out_(out) {
    while (!text.empty()) {
      std::string_view line = core::take_line(text);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      const std::string_view key = core::take_until(line, ':');
      said_.emplace(key, line);
    }
  }

  // Empty: it says nothing of it.
  std::string_view said(std::string_view key) const {
    const auto found = said_.find(key);
    return found == said_.end() ? std::string_view() : found->second;
  }

  void all() {
    for (const auto& [key, value] : said_) tell(key, value);
  }

  // Of a replica: its primary, and how far it is with it.
  void primary() {
    const std::string_view host = said("master_host"), port = said("master_port");
    const auto gauge = [&](std::string_view shown, std::string_view help, std::optional<double> number) {
      if (!number) return;
      put(shown, MetricType::gauge, help, *number, {{"master_host", host}, {"master_port", port}});
    };
    gauge("master_link_up", "Master link status on Redis slave", said("master_link_status") == "up" ? 1 : 0);
    gauge("master_last_io_seconds_ago", "Master last io seconds ago",
          core::read_number<double>(said("master_last_io_seconds_ago")));
    gauge("master_sync_in_progress", "Master sync in progress",
          core::read_number<double>(said("master_sync_in_progress")));
    gauge("slave_repl_offset", "Slave replication offset",
          core::read_number<double>(said("slave_repl_offset")));
    put("slave_info", MetricType::gauge, "Information about the Redis slave", 1,
        {{"master_host", host}, {"master_port", port}, {"read_only", said("slave_read_only")}});
  }

  void instance(core::WallTime now) {
    put("instance_info", MetricType::gauge, "Information about the Redis instance", 1,
        {{"role", said("role")},
         {"redis_version", said("redis_version")},
         {"redis_build_id", said("redis_build_id")},
         {"redis_mode", said("redis_mode")},
         {"os", said("os")},
         {"maxmemory_policy", said("maxmemory_policy")},
         {"tcp_port", said("tcp_port")},
         {"run_id", said("run_id")},
         {"process_id", said("process_id")}});
    const auto uptime = core::read_number<std::int64_t>(said("uptime_in_seconds"));
    if (!uptime) return;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    put("start_time_seconds", MetricType::gauge,
        "Start time of the Redis instance since unix epoch in seconds.",
        static_cast<double>(seconds - *uptime), {});
  }

 private:
  void plain(std::string_view key, std::string_view value) {
    const Field* const known = field_of(key);
    const auto number = known ? number_in(value) : std::nullopt;
    if (!number) return;
    put(known->shown, known->type, fmt::format("{} metric", known->shown), *number / known->divisor, {});
  }

  void command(std::string_view command, std::string_view value) {
    const auto counter = [&](std::string_view part, std::string_view name, std::string_view help,
                             double divisor) {
      const auto number = core::read_number<double>(part_of(value, part));
      if (number) put(name, MetricType::counter, help, *number / divisor, {{"cmd", command}});
    };
    counter("calls", "commands_total", "Total number of calls per command", 1);
    counter("usec", "commands_duration_seconds_total", "Total amount of time in seconds spent per command",
            1e6);
    counter("rejected_calls", "commands_rejected_calls_total",
            "Total number of errors within command execution per command", 1);
    counter("failed_calls", "commands_failed_calls_total",
            "Total number of errors prior command execution per command", 1);
  }

  // Its sum and count are in another line.
  void percentiles(std::string_view command, std::string_view value) {
    const std::string_view stats = said(fmt::format("cmdstat_{}", command));
    const auto calls = core::read_number<double>(part_of(stats, "calls"));
    const auto microseconds = core::read_number<double>(part_of(stats, "usec"));
    if (!calls || !microseconds) return;
    const std::array<telemetry::LabelView, 1> labels{{{"cmd", command}}};
    const auto family = out_.family("redis_latency_percentiles_usec", MetricType::summary,
                                    "A summary of latency percentile distribution per command");
    while (!value.empty()) {
      std::string_view part = core::take_until(value, ',');
      const auto percentile = behind("p", core::take_until(part, '='));
      const auto bound = percentile ? core::read_number<double>(*percentile) : std::nullopt;
      const auto number = core::read_number<double>(part);
      if (bound && number) out_.put_part(family, {Suffix::none, bound}, *number, labels);
    }
    out_.put_part(family, {Suffix::sum, {}}, *microseconds, labels);
    out_.put_part(family, {Suffix::count, {}}, *calls, labels);
  }

  void error(std::string_view kind, std::string_view value) {
    const auto count = core::read_number<double>(part_of(value, "count"));
    if (count) {
      put("errors_total", MetricType::counter, "Total number of errors per error type", *count,
          {{"err", kind}});
    }
  }

  void database(std::string_view name, std::string_view value) {
    const auto gauge = [&](std::string_view part, std::string_view shown, std::string_view help,
                           double divisor) {
      const auto number = core::read_number<double>(part_of(value, part));
      if (number) put(shown, MetricType::gauge, help, *number / divisor, {{"db", name}});
    };
    gauge("keys", "db_keys", "Total number of keys by DB", 1);
    gauge("expires", "db_keys_expiring", "Total number of expiring keys by DB", 1);
    gauge("avg_ttl", "db_avg_ttl_seconds", "Avg TTL in seconds", 1e3);
  }

  void replica(std::string_view value) {
    const auto gauge = [&](std::string_view part, std::string_view shown, std::string_view help) {
      const auto number = core::read_number<double>(part_of(value, part));
      if (!number) return;
      put(shown, MetricType::gauge, help, *number,
          {{"slave_ip", part_of(value, "ip")},
           {"slave_port", part_of(value, "port")},
           {"slave_state", part_of(value, "state")}});
    };
    gauge("offset", "connected_slave_offset_bytes", "Offset of connected slave");
    gauge("lag", "connected_slave_lag_seconds", "Lag of connected slave");
  }

  void put(std::string_view shown, MetricType type, std::string_view help, double value,
           std::initializer_list<telemetry::LabelView> labels) {
    out_.put(out_.family(fmt::format("redis_{}", shown), type, help), value, labels);
  }

  void tell(std::string_view key, std::string_view value) {
    if (const auto command_name = behind("cmdstat_", key)) {
      command(*command_name, value);
    } else if (const auto slow = behind("latency_percentiles_usec_", key)) {
      percentiles(*slow, value);
    } else if (const auto kind = behind("errorstat_", key)) {
      error(*kind, value);
    } else if (is_numbered(key, "db")) {
      database(key, value);
    } else if (is_numbered(key, "slave")) {
      replica(value);
    } else {
      plain(key, value);
    }
  }

  FamilyWriter& out_;
  std::map<std::string_view, std::string_view> said_;
};

}  // namespace

bool is_info(std::string_view text) {
  return !field(text, "redis_version").empty() || !field(text, "valkey_version").empty();
}

void put_up(FamilyWriter& out, bool is_up) {
  out.put(out.family("redis_up", MetricType::gauge, "Information about the Redis instance"), is_up ? 1 : 0);
}

void put_info(FamilyWriter& out, std::string_view text, core::WallTime now) {
  Telling telling(out, text);
  if (is_info(text)) telling.instance(now);
  if (telling.said("role") == "slave") telling.primary();
  telling.all();
}

}  // namespace outrider::sources::redis
