#include "agent/sources/otlp/logs/named_values.hpp"

#include <algorithm>

namespace outrider::sources::otlp {

void NamedValues::clear() {
  text_.clear();
  places_.clear();
}

std::string_view NamedValues::name_at(const Place& place) const {
  return std::string_view(text_).substr(place.name, place.name_length);
}

bool NamedValues::holds(std::string_view name) const {
  return std::ranges::any_of(places_, [&](const Place& place) { return name_at(place) == name; });
}

void NamedValues::begin(std::string_view name) {
  text_ += text_.empty() ? "\"" : ",\"";
  text_ += name;
  text_ += "\":";
}

bool NamedValues::end(std::size_t before, std::size_t name_length) {
  if (text_.size() > most_bytes_) {
    text_.resize(before);
    return false;
  }
  places_.push_back({before + (before > 0 ? 2 : 1), name_length, text_.size()});
  return true;
}

void NamedValues::add_missing(const NamedValues& others) {
  for (const Place& place : others.places_) {
    const std::string_view name = others.name_at(place);
    if (holds(name)) continue;
    const std::size_t before = text_.size();
    const std::size_t value = place.name + place.name_length + 2;
    begin(name);
    text_.append(others.text_, value, place.end - value);
    places_.push_back({before + (before > 0 ? 2 : 1), place.name_length, text_.size()});
  }
}

}  // namespace outrider::sources::otlp
