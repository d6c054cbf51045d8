// Which family a sample belongs to, by the name on its line and the type that was
// announced. For the reader of expositions only.
#pragma once

#include "agent/telemetry/exposition.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace outrider::sources {

using telemetry::FamilySet;
using telemetry::Format;
using telemetry::MetricType;
using telemetry::Suffix;

class FamilyNames {
 public:
  FamilyNames(FamilySet& set, Format format) : set_(set), open_metrics_(format == Format::open_metrics) {}

  struct Place {
    std::size_t family;
    Suffix suffix;
  };

  // The family announced under this name, made when it is new.
  std::size_t announce(std::string_view name);
  // Gives it its type, and with it the name our model keeps. False when it had one, or has samples already.
  bool set_type(std::size_t family, std::string_view name, MetricType type);
  bool set_help(std::size_t family, std::string help);

  // Where the sample called `name` goes; nothing when its type has no such sample.
  std::optional<Place> find(std::string_view name);

  std::size_t size() const { return set_.families.size(); }

 private:
  std::optional<Suffix> suffix_in(MetricType type, std::string_view ending) const;

  struct State {
    bool typed = false;
    bool helped = false;
  };

  FamilySet& set_;
  bool open_metrics_;
  std::unordered_map<std::string_view, std::size_t> by_name_;  // looks into the text being read
  std::vector<State> states_;
  std::string_view last_name_;  // samples of one name come in runs
  std::optional<Place> last_;
};

}  // namespace outrider::sources
