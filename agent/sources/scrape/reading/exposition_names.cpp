#include "agent/sources/scrape/reading/exposition_names.hpp"

#include <array>
#include <utility>

namespace outrider::sources {

std::size_t FamilyNames::announce(std::string_view name) {
  const auto [entry, is_new] = by_name_.try_emplace(name, set_.families.size());
  if (is_new) {
    set_.families.emplace_back().name = std::string(name);
    states_.emplace_back();
    last_name_ = {};
  }
  return entry->second;
}

bool FamilyNames::set_type(std::size_t place, std::string_view name, MetricType type) {
  telemetry::Family& family = set_.families[place];
  if (states_[place].typed || !family.samples.empty()) return false;
  states_[place].typed = true;
  family.type = type;
  if (open_metrics_ && type == MetricType::counter) family.name = std::string(name) + "_total";
  if (open_metrics_ && type == MetricType::info) family.name = std::string(name) + "_info";
  last_name_ = {};
  return true;
}

bool FamilyNames::set_help(std::size_t place, std::string help) {
  if (std::exchange(states_[place].helped, true)) return false;
  set_.families[place].help = std::move(help);
  return true;
}

std::optional<Suffix> FamilyNames::suffix_in(MetricType type, std::string_view ending) const {
  struct Rule {
    MetricType type;
    std::string_view ending;
    Suffix suffix;
    bool only_open_metrics;
  };
  static constexpr std::array<Rule, 17> rules{{
      {MetricType::unknown, "", Suffix::none, false},
      {MetricType::gauge, "", Suffix::none, false},
      {MetricType::state_set, "", Suffix::none, true},
      {MetricType::counter, "_total", Suffix::none, true},
      {MetricType::counter, "_created", Suffix::created, true},
      {MetricType::info, "_info", Suffix::none, true},
      {MetricType::histogram, "_bucket", Suffix::bucket, false},
      {MetricType::histogram, "_count", Suffix::count, false},
      {MetricType::histogram, "_sum", Suffix::sum, false},
      {MetricType::histogram, "_created", Suffix::created, true},
      {MetricType::gauge_histogram, "_bucket", Suffix::bucket, true},
      {MetricType::gauge_histogram, "_gcount", Suffix::gauge_count, true},
      {MetricType::gauge_histogram, "_gsum", Suffix::gauge_sum, true},
      {MetricType::summary, "", Suffix::none, false},
      {MetricType::summary, "_count", Suffix::count, false},
      {MetricType::summary, "_sum", Suffix::sum, false},
      {MetricType::summary, "_created", Suffix::created, true},
  }};
  if (type == MetricType::counter && !open_metrics_ && ending.empty()) return Suffix::none;
  for (const Rule& rule : rules) {
    if (rule.type == type && rule.ending == ending && (open_metrics_ || !rule.only_open_metrics)) {
      return rule.suffix;
    }
  }
  return std::nullopt;
}

std::optional<FamilyNames::Place> FamilyNames::find(std::string_view name) {
  if (name == last_name_ && last_) return last_;
  last_name_ = name;
  last_.reset();
  const std::size_t cut = name.rfind('_');
  if (cut != std::string_view::npos && cut > 0) {
    if (const auto entry = by_name_.find(name.substr(0, cut)); entry != by_name_.end()) {
      const auto suffix = suffix_in(set_.families[entry->second].type, name.substr(cut));
      if (suffix) last_ = Place{entry->second, *suffix};
    }
  }
  if (last_) return last_;
  const std::size_t family = announce(name);
  last_name_ = name;
  const auto suffix = suffix_in(set_.families[family].type, "");
  if (suffix) last_ = Place{family, *suffix};
  return last_;
}

}  // namespace outrider::sources
