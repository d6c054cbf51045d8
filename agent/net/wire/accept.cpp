#include "agent/net/wire/accept.hpp"

#include "agent/net/http.hpp"

#include <algorithm>
#include <charconv>

namespace outrider::net {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The part before `separator`; `text` is left with what follows it.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return trim(part);
}

// q-values are counted in thousandths, so that equal ones are equal.
int read_quality(std::string_view text) {
  double quality = 1.0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), quality);
  if (problem != std::errc() || !(quality >= 0.0)) return 0;
  return static_cast<int>(std::min(quality, 1.0) * 1000.0 + 0.5);
}

struct Range {
  std::string_view type;
  std::string_view version;
  int quality = 1000;
};

Range read_range(std::string_view text) {
  Range range;
  range.type = next_part(text, ';');
  while (!text.empty()) {
    std::string_view parameter = next_part(text, ';');
    const std::string_view name = next_part(parameter, '=');
    if (same_word(name, "q")) range.quality = read_quality(parameter);
    if (same_word(name, "version")) {
      range.version = parameter;
      if (range.version.size() > 1 && range.version.front() == '"') {
        range.version = range.version.substr(1, range.version.size() - 2);
      }
    }
  }
  return range;
}

// How exactly `range` names `offer`: 0 not at all, then */*, type/*, type/subtype, and with its version.
int exactness(const Range& range, const Range& offer) {
  if (!range.version.empty() && range.version != offer.version) return 0;
  if (range.type == "*/*") return 1;
  if (range.type.ends_with("/*")) {
    const std::size_t slash = range.type.size() - 1;
    return same_word(range.type.substr(0, slash), offer.type.substr(0, slash)) ? 2 : 0;
  }
  if (!same_word(range.type, offer.type)) return 0;
  return range.version.empty() ? 3 : 4;
}

}  // namespace

std::optional<std::size_t> negotiate(std::string_view accept, std::span<const std::string_view> offers) {
  if (offers.empty()) return std::nullopt;
  if (trim(accept).empty()) return 0;
  std::optional<std::size_t> best;
  int best_quality = 0;
  for (std::size_t index = 0; index < offers.size(); ++index) {
    const Range offer = read_range(offers[index]);
    int nearest = 0;
    int quality = 0;
    for (std::string_view rest = accept; !rest.empty();) {
      const Range range = read_range(next_part(rest, ','));
      const int exact = exactness(range, offer);
      if (exact > nearest) {
        nearest = exact;
        quality = range.quality;
      }
    }
    if (quality > best_quality) {
      best = index;
      best_quality = quality;
    }
  }
  return best;
}

bool accepts_encoding(std::string_view accept_encoding, std::string_view coding) {
  std::optional<int> named;
  std::optional<int> any;
  while (!accept_encoding.empty()) {
    const Range range = read_range(next_part(accept_encoding, ','));
    if (same_word(range.type, coding)) named = range.quality;
    if (range.type == "*") any = range.quality;
  }
  return named.value_or(any.value_or(0)) > 0;
}

}  // namespace outrider::net
