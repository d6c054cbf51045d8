#include "agent/telemetry/writing/family_writer.hpp"

#include "agent/telemetry/utf8.hpp"

#include <utility>

namespace outrider::telemetry {
namespace {

constexpr std::size_t expected_samples = 512;

}  // namespace

FamilyWriter::FamilyWriter(const Labels& added) : block_(set_.arena, added), seen_(expected_samples) {}

FamilyWriter::Place FamilyWriter::family(std::string_view name, MetricType type, std::string_view help,
                                         std::string_view unit) {
  if (const auto known = places_.find(name); known != places_.end()) return known->second;
  const Place place = set_.families.size();
  Family& family = set_.families.emplace_back();
  family.name = name;
  family.help = help;
  family.unit = unit;
  family.type = type;
  places_.emplace(name, place);
  return place;
}

void FamilyWriter::put_part(Place family, Part part, double value, std::span<const LabelView> labels) {
  std::optional<Sample> sample = begin(family, part, labels);
  if (!sample) return;
  sample->value = value;
  exemplify(*sample, part.exemplar);
  add(family, *sample);
}

void FamilyWriter::put_histogram(Place family, const HistogramView& histogram,
                                 std::span<const LabelView> labels) {
  const std::optional<Sample> like = begin(family, {}, labels);
  if (!like || histogram.buckets.empty()) return;
  for (const BucketView& bucket : histogram.buckets) {
    Sample sample = *like;
    sample.suffix = Suffix::bucket;
    sample.has_bound = true;
    sample.bound = bucket.bound;
    sample.value = static_cast<double>(bucket.count);
    exemplify(sample, bucket.exemplar);
    add(family, sample);
  }
  Sample sample = *like;
  sample.suffix = Suffix::count;
  sample.value = static_cast<double>(histogram.buckets.back().count);
  add(family, sample);
  sample.suffix = Suffix::sum;
  sample.value = histogram.sum;
  add(family, sample);
}

std::optional<Sample> FamilyWriter::begin(Place family, Part part, std::span<const LabelView> labels) {
  Sample sample;
  sample.suffix = part.suffix;
  sample.has_bound = part.bound.has_value();
  sample.bound = part.bound.value_or(0);
  block_.begin();
  for (const auto& [name, text] : labels) {
    if (valid_utf8(text)) {
      block_.add(name, text);
    } else {
      std::string repaired;
      append_repaired(repaired, text);
      block_.add(name, repaired);
    }
  }
  block_.end(sample);
  if (seen_.insert(mix(sample.identity(), family))) return sample;
  set_.arena.resize(sample.labels.offset);
  ++set_.duplicates;
  return std::nullopt;
}

void FamilyWriter::exemplify(Sample& sample, std::string_view exemplar) {
  sample.exemplar = {static_cast<std::uint32_t>(set_.arena.size()),
                     static_cast<std::uint32_t>(exemplar.size())};
  set_.arena += exemplar;
}

void FamilyWriter::add(Place family, const Sample& sample) {
  set_.families[family].samples.push_back(sample);
  ++set_.sample_count;
}

FamilySet FamilyWriter::take() {
  std::erase_if(set_.families, [](const Family& family) { return family.samples.empty(); });
  return std::move(set_);
}

}  // namespace outrider::telemetry
