#include "agent/sources/otlp/series/series_table.hpp"

#include "agent/sources/otlp/names/series_labels.hpp"
#include "agent/telemetry/label_block.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace outrider::sources::otlp {
namespace {

using telemetry::LabelView;
using telemetry::MetricType;
using telemetry::Suffix;

constexpr std::size_t most_folded =
    4;  // times the series that are shown: what is known of those that are not
constexpr std::size_t longest_help = 1024;

const std::string& other_labels() {
  static const std::string text = labels_text({{"series", "other"}});
  return text;
}

std::size_t cost_of(MetricType type, const ClassicBuckets& buckets) {
  if (type == MetricType::histogram) return buckets.counts.size() + 2;
  return type == MetricType::summary ? buckets.counts.size() + 2 : 1;
}

bool same_bounds(const ClassicBuckets& one, const ClassicBuckets& other) {
  return one.bounds == other.bounds;
}

// What came after `before`; all of it when it began anew.
double since(double before, double now) { return now < before ? now : now - before; }

ClassicBuckets since(const ClassicBuckets& before, ClassicBuckets now) {
  if (before.counts.empty() || now.counts.empty()) return now;
  for (std::size_t at = 0; at < now.bounds.size(); ++at) {
    const auto known = std::ranges::lower_bound(before.bounds, now.bounds[at]);
    if (known == before.bounds.end() || *known != now.bounds[at]) continue;
    now.counts[at] =
        since(before.counts[static_cast<std::size_t>(known - before.bounds.begin())], now.counts[at]);
  }
  now.counts.back() = since(before.counts.back(), now.counts.back());
  return now;
}

void add_up(ClassicBuckets& sum, const ClassicBuckets& more, bool are_powers) {
  if (are_powers && !same_bounds(sum, more)) return merge_powers(sum, more);
  if (!same_bounds(sum, more)) {
    sum = more;
    return;
  }
  for (std::size_t at = 0; at < sum.counts.size(); ++at) sum.counts[at] += more.counts[at];
}

}  // namespace

SeriesTable::Family* SeriesTable::family_of(const FamilyView& view, std::size_t cost) {
  const auto known = families_.find(view.name.name);
  if (known != families_.end()) return &known->second;
  if (used_ + cost > bounds_.series) return nullptr;
  Family fresh{view.type, std::string(view.help.substr(0, longest_help)), view.name.unit, {}, {}};
  return &families_.emplace(view.name.name, std::move(fresh)).first->second;
}

SeriesTable::Fate SeriesTable::add(const FamilyView& view, const Said& said, core::Instant now) {
  const std::size_t cost = cost_of(view.type, said.buckets);
  Family* const family = family_of(view, cost);
  if (family == nullptr) return Fate::no_room;
  if (family->type != view.type) return Fate::conflict;
  auto known = family->series.find(said.labels);
  if (known != family->series.end()) {
    Series& series = known->second;
    const bool is_again =
        said.is_delta && said.time != 0 && said.time == series.time && said.began == series.began;
    if (is_again) return Fate::repeated;
    if (used_ - series.cost + cost > bounds_.series && cost > series.cost) return Fate::no_room;
  } else {
    const bool is_folded = family->folded.contains(telemetry::hash_of(said.labels));
    if (is_folded || used_ + cost > bounds_.series) return fold(*family, said, now);
    known = family->series.emplace(std::string(said.labels), Series()).first;
  }
  take(known->second, said, now);
  settle(known->second, view.type);
  return Fate::taken;
}

void SeriesTable::take(Series& series, const Said& said, core::Instant now) {
  const bool adds_up = said.is_delta && series.cost > 0;
  if (!same_bounds(series.buckets, said.buckets)) series.exemplars.clear();
  series.heard = now;
  series.began = said.began;
  series.time = said.time;
  if (adds_up) {
    if (series.value && said.value) *series.value += *said.value;
    series.count += said.count;
    if (!same_bounds(series.buckets, said.buckets) && !said.are_powers) series.value = said.value;
    add_up(series.buckets, said.buckets, said.are_powers);
  } else {
    series.value = said.value;
    series.count = said.count;
    series.buckets = said.buckets;
  }
  if (said.exemplars.empty() || !same_bounds(series.buckets, said.buckets)) return;
  series.exemplars.resize(said.exemplars.size());
  for (std::size_t at = 0; at < said.exemplars.size(); ++at) {
    if (!said.exemplars[at].empty()) series.exemplars[at] = said.exemplars[at];
  }
}

bool SeriesTable::may_fold(const Family& family, const Said& said) {
  if (family.type == MetricType::counter) return true;
  if (family.type != MetricType::histogram || !said.value) return false;
  const auto other = family.series.find(other_labels());
  return other == family.series.end() || said.are_powers || same_bounds(other->second.buckets, said.buckets);
}

// What came since the last time. False: nothing more can be remembered.
bool SeriesTable::make_delta(Family& family, const Said& said, Said& more, core::Instant now) {
  const std::size_t cost = 1 + said.buckets.counts.size();
  const auto [known, is_new] = family.folded.try_emplace(telemetry::hash_of(said.labels));
  Folded& folded = known->second;
  if (folded_ - folded.cost + cost > most_folded * bounds_.series) {
    if (is_new) family.folded.erase(known);
    return false;
  }
  folded_ += cost - folded.cost;
  const bool goes_on = !is_new && said.began == folded.began;
  if (goes_on) {
    more.value = since(folded.value, said.value.value_or(0));
    more.buckets = since(folded.so_far, said.buckets);
  }
  folded = {now, cost, said.began, said.value.value_or(0), said.buckets};
  return true;
}

// What is not shown by itself is remembered by a number or two, so that sums of it stay right.
SeriesTable::Fate SeriesTable::fold(Family& family, const Said& said, core::Instant now) {
  if (!may_fold(family, said)) return Fate::no_room;
  Said more = said;
  more.labels = other_labels();
  more.is_delta = true;
  more.exemplars.clear();
  if (!said.is_delta && !make_delta(family, said, more, now)) return Fate::no_room;
  Series& other = family.series[other_labels()];
  take(other, more, now);
  settle(other, family.type);
  return Fate::folded;
}

void SeriesTable::settle(Series& series, MetricType type) {
  used_ -= series.cost;
  series.cost = cost_of(type, series.buckets);
  used_ += series.cost;
}

void SeriesTable::end(std::string_view family, std::string_view labels) {
  const auto known = families_.find(family);
  if (known == families_.end()) return;
  const auto series = known->second.series.find(labels);
  if (series == known->second.series.end()) return;
  used_ -= series->second.cost;
  known->second.series.erase(series);
  remove_empty();
}

bool SeriesTable::forget(core::Instant now) {
  const std::size_t before = used_;
  const auto is_old = [&](const auto& each) { return now - each.second.heard >= bounds_.forget_after; };
  for (auto& [name, family] : families_) {
    std::erase_if(family.series, [&](const auto& each) {
      if (!is_old(each)) return false;
      used_ -= each.second.cost;
      return true;
    });
    std::erase_if(family.folded, [&](const auto& each) {
      if (!is_old(each)) return false;
      folded_ -= each.second.cost;
      return true;
    });
  }
  remove_empty();
  return used_ != before;
}

void SeriesTable::remove_empty() {
  std::erase_if(families_, [this](const auto& each) {
    if (!each.second.series.empty()) return false;
    for (const auto& [hash, folded] : each.second.folded) folded_ -= folded.cost;
    return true;
  });
}

void SeriesTable::put(telemetry::FamilyWriter& out) const {
  for (const auto& [name, family] : families_) {
    const auto place = out.family(name, family.type, family.help, family.unit);
    for (const auto& [labels, series] : family.series) put(out, place, family.type, labels, series);
  }
}

void SeriesTable::put(telemetry::FamilyWriter& out, std::size_t place, MetricType type, std::string_view text,
                      const Series& series) {
  std::vector<LabelView> labels;
  walk_labels(text,
              [&labels](std::string_view name, std::string_view value) { labels.push_back({name, value}); });
  const auto exemplar = [&series](std::size_t at) {
    return at < series.exemplars.size() ? std::string_view(series.exemplars[at]) : std::string_view();
  };
  const ClassicBuckets& buckets = series.buckets;
  if (type == MetricType::summary) {
    for (std::size_t at = 0; at < buckets.bounds.size(); ++at)
      out.put_part(place, {Suffix::none, buckets.bounds[at]}, buckets.counts[at], labels);
    out.put_part(place, {Suffix::sum, {}}, series.value.value_or(0), labels);
    out.put_part(place, {Suffix::count, {}}, series.count, labels);
  } else if (type == MetricType::histogram) {
    double count = 0;
    for (std::size_t at = 0; at < buckets.counts.size(); ++at) {
      count += buckets.counts[at];
      const double bound =
          at < buckets.bounds.size() ? buckets.bounds[at] : std::numeric_limits<double>::infinity();
      out.put_part(place, {Suffix::bucket, bound, exemplar(at)}, count, labels);
    }
    if (series.value) out.put_part(place, {Suffix::sum, {}}, *series.value, labels);
    out.put_part(place, {Suffix::count, {}}, count, labels);
  } else {
    out.put_part(place, {Suffix::none, {}, exemplar(0)}, series.value.value_or(0), labels);
  }
}

}  // namespace outrider::sources::otlp
