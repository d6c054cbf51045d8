#include "agent/sources/journald/following/meters.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::sources::journald {
namespace {

::prometheus::Counter* counter(::prometheus::Registry& registry, const char* name, const char* help,
                               const ::prometheus::Labels& labels) {
  return &::prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}
::prometheus::Family<::prometheus::Gauge>& gauges(::prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return ::prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

LaneMeters::LaneMeters(::prometheus::Registry& registry, const std::string& source, const std::string& sink)
    : open_family(gauges(registry, "outrider_journal_open", "Whether the journal can be read for the sink.")),
      behind_family(gauges(registry, "outrider_journal_behind_seconds",
                           "How old the entry is that was read last for the sink, while there are more.")),
      open(&open_family.Add({{"source", source}, {"sink", sink}})),
      behind_seconds(&behind_family.Add({{"source", source}, {"sink", sink}})),
      read(counter(registry, "outrider_journal_read_entries_total",
                   "Entries of the journal that were read for the sink.",
                   {{"source", source}, {"sink", sink}})),
      gaps(counter(registry, "outrider_journal_gaps_total",
                   "How often entries of the journal were gone before they were read for the sink.",
                   {{"source", source}, {"sink", sink}})),
      gap_entries(
          counter(registry, "outrider_journal_gap_entries_total",
                  "Entries of the journal that were gone before they were read for the sink, by their "
                  "numbers: also such as nobody asked for.",
                  {{"source", source}, {"sink", sink}})),
      damaged_entries(counter(registry, "outrider_journal_damaged_entries_total",
                              "Entries of the journal whose fields could not be read.",
                              {{"source", source}, {"sink", sink}})) {}

LaneMeters::~LaneMeters() {
  open_family.Remove(open);
  behind_family.Remove(behind_seconds);
}

::prometheus::Gauge& unreadable_files_meter(::prometheus::Registry& registry, const std::string& source) {
  return gauges(registry, "outrider_journal_unreadable_files",
                "Files of the journal that cannot be read: damaged, not permitted, or too new.")
      .Add({{"source", source}});
}

}  // namespace outrider::sources::journald
