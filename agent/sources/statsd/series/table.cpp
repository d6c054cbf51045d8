#include "agent/sources/statsd/series/table.hpp"

#include "agent/telemetry/label_block.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace outrider::sources::statsd {
namespace {

using telemetry::LabelView;
using telemetry::MetricType;
using telemetry::Suffix;

constexpr core::Duration minute = std::chrono::minutes(1);
constexpr std::size_t most_members = 100'000;  // of all sets together, in a minute
telemetry::Labels other_labels() { return {{"series", "other"}}; }

std::string family_name(const Line& line) {
  const std::string_view end = line.kind == Kind::counter ? "_total"
                               : line.kind == Kind::timer ? "_seconds"
                                                          : "";
  return line.name.ends_with(end) ? line.name : line.name + std::string(end);
}

std::string key_of(const telemetry::Labels& labels) {
  std::string key;
  for (const telemetry::Label& label : labels) {
    key += label.name;
    key += '\0';
    key += label.value;
    key += '\0';
  }
  return key;
}

std::string_view help_of(Kind kind) {
  switch (kind) {
    case Kind::counter: return "Said over StatsD: a counter.";
    case Kind::gauge: return "Said over StatsD: a gauge.";
    case Kind::timer: return "Said over StatsD: a timer, in seconds.";
    case Kind::histogram: return "Said over StatsD: a histogram or a distribution.";
    case Kind::set: return "Said over StatsD: a set, how many different values it had in a minute.";
  }
  return {};
}

MetricType type_of(Kind kind) {
  if (kind == Kind::counter) return MetricType::counter;
  return kind == Kind::timer || kind == Kind::histogram ? MetricType::histogram : MetricType::gauge;
}

}  // namespace

std::size_t Table::cost_of(Kind kind) const {
  return type_of(kind) == MetricType::histogram ? bounds_.buckets.size() + 3 : 1;
}

Table::Fate Table::add(const Line& line, core::Instant now) {
  turn(now);
  const std::string name = family_name(line);
  auto known = families_.find(name);
  if (known == families_.end()) {
    if (used_ + cost_of(line.kind) > bounds_.series) return Fate::no_room;
    known = families_.emplace(name, Family{line.kind, {}}).first;
  }
  if (known->second.kind != line.kind) return Fate::conflict;
  return place(known->second, line, now);
}

Table::Fate Table::place(Family& family, const Line& line, core::Instant now) {
  std::string key = key_of(line.labels);
  auto known = family.series.find(key);
  Fate fate = Fate::taken;
  if (known == family.series.end() && used_ + cost_of(line.kind) > bounds_.series) {
    if (line.kind == Kind::gauge) return Fate::no_room;
    fate = Fate::folded;
    key = key_of(other_labels());
    known = family.series.find(key);
  }
  if (known == family.series.end()) {
    used_ += cost_of(line.kind);
    known = family.series.emplace(std::move(key), Series()).first;
    known->second.labels = fate == Fate::folded ? other_labels() : line.labels;
    if (type_of(line.kind) == MetricType::histogram) known->second.buckets.resize(bounds_.buckets.size() + 1);
  }
  return take(known->second, line, now) ? fate : Fate::no_room;
}

bool Table::take(Series& series, const Line& line, core::Instant now) {
  series.heard = now;
  if (line.kind == Kind::set) {
    const std::uint64_t member = telemetry::hash_of(line.member);
    if (series.members.contains(member)) return true;
    if (members_ == most_members) return false;
    series.members.insert(member);
    ++members_;
    return true;
  }
  for (const double value : line.values) {
    if (line.kind == Kind::gauge) {
      series.value = line.is_relative ? series.value + value : value;
      continue;
    }
    series.value += value * line.weight;
    if (series.buckets.empty()) continue;
    const auto bucket = std::ranges::lower_bound(bounds_.buckets, value) - bounds_.buckets.begin();
    series.buckets[static_cast<std::size_t>(bucket)] += line.weight;
  }
  return true;
}

bool Table::turn(core::Instant now) {
  if (minute_ == core::Instant{}) minute_ = now;
  if (now - minute_ < minute) return false;
  end_minute(now);
  if (bounds_.forget_after > core::Duration{}) forget(now);
  minute_ = now;
  return true;
}

// After a minute in which nobody asked there is nothing that could be said of it.
void Table::end_minute(core::Instant now) {
  const bool was_this_one = now - minute_ < 2 * minute;
  for (auto& [name, family] : families_) {
    if (family.kind != Kind::set) continue;
    for (auto& [key, series] : family.series) {
      series.last_members = was_this_one ? series.members.size() : 0;
      series.members.clear();
    }
  }
  members_ = 0;
}

void Table::forget(core::Instant now) {
  for (auto& [name, family] : families_) {
    const std::size_t gone = std::erase_if(
        family.series, [&](const auto& each) { return now - each.second.heard >= bounds_.forget_after; });
    used_ -= gone * cost_of(family.kind);
  }
  std::erase_if(families_, [](const auto& each) { return each.second.series.empty(); });
}

void Table::put(telemetry::FamilyWriter& out) const {
  for (const auto& [name, family] : families_) {
    const auto place = out.family(name, type_of(family.kind), help_of(family.kind));
    for (const auto& [key, series] : family.series) {
      if (!series.buckets.empty()) {
        put_histogram(out, place, series);
        continue;
      }
      std::vector<LabelView> labels;
      for (const telemetry::Label& label : series.labels) labels.push_back({label.name, label.value});
      const auto members = static_cast<double>(std::max(series.members.size(), series.last_members));
      out.put_labelled(place, family.kind == Kind::set ? members : series.value, labels);
    }
  }
}

void Table::put_histogram(telemetry::FamilyWriter& out, std::size_t place, const Series& series) const {
  std::vector<LabelView> labels;
  for (const telemetry::Label& label : series.labels) labels.push_back({label.name, label.value});
  double count = 0;
  for (std::size_t at = 0; at < series.buckets.size(); ++at) {
    count += series.buckets[at];
    const double bound =
        at < bounds_.buckets.size() ? bounds_.buckets[at] : std::numeric_limits<double>::infinity();
    out.put_part(place, {Suffix::bucket, bound}, count, labels);
  }
  out.put_part(place, {Suffix::sum, {}}, series.value, labels);
  out.put_part(place, {Suffix::count, {}}, count, labels);
}

}  // namespace outrider::sources::statsd
