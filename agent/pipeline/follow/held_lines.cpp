#include "agent/pipeline/follow/held_lines.hpp"

#include <algorithm>
#include <utility>

namespace outrider::pipeline {
namespace {

using tracing::LineFate;

// A file destination looks through its last 64 MiB, and places may be saved 32 MiB late.
constexpr std::uint64_t most_handed_meanwhile = 24u << 20;

HeldLines::Place place_of(const telemetry::Record& record) {
  return {record.origin.generation, record.origin.offset};
}

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

// They will be read again.
HeldLines::~HeldLines() {
  for (const Group& group : groups_)
    following_.hold_in_memory(-signed_of(group.batch.count()), -signed_of(group.batch.weight()));
}

void HeldLines::add(const telemetry::Batch& lines, core::Instant now, std::uint64_t handed_bytes) {
  // A copy of these alone: the others that were read with them must not stay in memory, too.
  Group group{in_bytes_of_its_own(lines), now, handed_bytes, place_of(lines.records.front())};
  for (const telemetry::Record& record : group.batch.records) {
    group.first = std::min(group.first, place_of(record));
    group.lines.push_back({following_.trace_of(record)});
  }
  places_[group.batch.stream].insert(group.first);
  following_.hold_in_memory(signed_of(group.batch.count()), signed_of(group.batch.weight()));
  groups_.push_back(std::move(group));
}

bool HeldLines::judge() {
  bool some = false;
  for (Group& group : groups_) {
    for (Line& line : group.lines) {
      line.fate = following_.fate_of(line.trace, group.since, false);
      some = some || line.fate != LineFate::waits;
    }
  }
  return some;
}

std::optional<HeldLines::Out> HeldLines::take_judged() {
  if (groups_.empty()) return std::nullopt;
  const auto& lines = groups_.front().lines;
  if (std::ranges::find(lines, LineFate::waits, &Line::fate) != lines.end()) return std::nullopt;
  return take_oldest();
}

std::optional<HeldLines::Out> HeldLines::take_crowded(std::uint64_t handed_bytes) {
  if (groups_.empty()) return std::nullopt;
  Group& oldest = groups_.front();
  if (!following_.memory_is_crowded() && handed_bytes - oldest.handed_bytes <= most_handed_meanwhile)
    return std::nullopt;
  // What was decided of them is perhaps not on the disk yet: they go as if nothing was.
  for (Line& line : oldest.lines) line.fate = LineFate::crowded;
  return take_oldest();
}

HeldLines::Out HeldLines::take_oldest() {
  Group group = std::move(groups_.front());
  groups_.pop_front();
  following_.hold_in_memory(-signed_of(group.batch.count()), -signed_of(group.batch.weight()));
  const auto places = places_.find(group.batch.stream);
  places->second.erase(places->second.find(group.first));
  if (places->second.empty()) places_.erase(places);
  Out out;
  std::vector<telemetry::Record> onward;
  for (std::size_t i = 0; i < group.lines.size(); ++i) {
    const telemetry::Record& record = group.batch.records[i];
    const LineFate fate = group.lines[i].fate;
    if (following_.goes_on(fate)) {
      onward.push_back(record);
    } else {
      out.let_go += amount_of(record);
    }
    following_.count(fate, record.count);
  }
  out.onward = std::move(group.batch);
  out.onward.records = std::move(onward);
  return out;
}

std::optional<HeldLines::Place> HeldLines::first_of(const std::string& stream) const {
  const auto places = places_.find(stream);
  if (places == places_.end()) return std::nullopt;
  return *places->second.begin();
}

}  // namespace outrider::pipeline
