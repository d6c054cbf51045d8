#include "agent/tail/parts/meters.hpp"

#include <array>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::tail {
namespace {

constexpr std::array<const char*, 3> rotations{"renamed", "deleted", "truncated"};
constexpr std::array<const char*, 3> losses{"truncated", "vanished", "held_too_much"};

auto& gauge(::prometheus::Registry& registry, const char* name, const char* help) {
  return ::prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

auto& counter(::prometheus::Registry& registry, const char* name, const char* help) {
  return ::prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

Meters::Meters(::prometheus::Registry& registry, std::string source)
    : source_(std::move(source)),
      watched_(
          gauge(registry, "outrider_file_watched", "Files that are followed.").Add({{"source", source_}})),
      held_files_(gauge(registry, "outrider_file_held_files",
                        "Deleted files that are held open until every sink has all of them.")
                      .Add({{"source", source_}})),
      held_bytes_(gauge(registry, "outrider_file_held_bytes",
                        "Disk space of deleted files that are held open until every sink has all of them.")
                      .Add({{"source", source_}})),
      unread_(gauge(registry, "outrider_file_unread_bytes",
                    "Bytes that are in the files and not yet read for the sink.")),
      read_(counter(registry, "outrider_file_read_bytes_total", "Bytes read from files for the sink.")),
      rotated_(counter(registry, "outrider_file_rotations_total",
                       "Files that were rotated away, by how it was done.")),
      lost_(counter(registry, "outrider_file_lost_bytes_total",
                    "Bytes that were gone, or given up, before they were read, by reason.")) {
  for (const char* kind : rotations) rotated_.Add({{"source", source_}, {"kind", kind}});
  for (const char* reason : losses) lost_.Add({{"source", source_}, {"reason", reason}});
}

void Meters::watched(std::uint64_t files) { watched_.Set(static_cast<double>(files)); }

void Meters::held(std::uint64_t files, std::uint64_t bytes) {
  held_files_.Set(static_cast<double>(files));
  held_bytes_.Set(static_cast<double>(bytes));
}

void Meters::unread(const std::string& sink, std::uint64_t bytes) {
  unread_.Add({{"source", source_}, {"sink", sink}}).Set(static_cast<double>(bytes));
}

void Meters::read(const std::string& sink, std::uint64_t bytes) {
  read_.Add({{"source", source_}, {"sink", sink}}).Increment(static_cast<double>(bytes));
}

void Meters::rotated(Rotation kind) {
  rotated_.Add({{"source", source_}, {"kind", rotations[static_cast<std::size_t>(kind)]}}).Increment();
}

void Meters::lost(Loss reason, std::uint64_t bytes) {
  lost_.Add({{"source", source_}, {"reason", losses[static_cast<std::size_t>(reason)]}})
      .Increment(static_cast<double>(bytes));
}

}  // namespace outrider::tail
