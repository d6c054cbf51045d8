#include "agent/telemetry/writing/family_writer.hpp"

#include "agent/telemetry/utf8.hpp"

#include <utility>

namespace outrider::telemetry {
namespace {

constexpr std::size_t expected_samples = 512;

}  // namespace

FamilyWriter::FamilyWriter(const Labels& added) : block_(set_.arena, added), seen_(expected_samples) {}

FamilyWriter::Place FamilyWriter::family(std::string_view name, MetricType type, std::string_view help) {
  if (const auto known = places_.find(name); known != places_.end()) return known->second;
  const Place place = set_.families.size();
  Family& family = set_.families.emplace_back();
  family.name = name;
  family.help = help;
  family.type = type;
  places_.emplace(name, place);
  return place;
}

void FamilyWriter::put_labelled(Place family, double value, std::span<const LabelView> labels) {
  Sample sample;
  sample.value = value;
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
  if (!seen_.insert(mix(sample.identity(), family))) {
    set_.arena.resize(sample.labels.offset);
    ++set_.duplicates;
    return;
  }
  set_.families[family].samples.push_back(sample);
  ++set_.sample_count;
}

FamilySet FamilyWriter::take() {
  std::erase_if(set_.families, [](const Family& family) { return family.samples.empty(); });
  return std::move(set_);
}

}  // namespace outrider::telemetry
