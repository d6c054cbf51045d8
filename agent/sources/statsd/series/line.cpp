#include "agent/sources/statsd/series/line.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace outrider::sources::statsd {
namespace {

constexpr std::size_t most_bytes = 1024;  // of name and tags: what is kept of each series
constexpr std::size_t most_tags = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "http.requests-total" becomes http_requests_total.
std::string name_from(std::string_view text, bool may_have_colons) {
  std::string name;
  if (is_digit(text.front())) name += '_';
  for (const char c : text) {
    name += is_letter(c) || is_digit(c) || (may_have_colons && c == ':') ? c : '_';
  }
  return name;
}

// What Prometheus keeps for itself is a tag's name all the same.
std::string label_from(std::string_view text) {
  std::string name = name_from(text, false);
  if (name.starts_with("__") || name == "le" || name == "quantile") name.insert(0, "tag_");
  return name;
}

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto number = core::read_number<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<Kind> kind_of(std::string_view word) {
  if (word == "c") return Kind::counter;
  if (word == "g") return Kind::gauge;
  if (word == "ms") return Kind::timer;
  if (word == "h" || word == "d") return Kind::histogram;
  if (word == "s") return Kind::set;
  return std::nullopt;
}

// False when a value is no number, or none that its kind may have.
bool read_values(std::string_view text, Line& line) {
  if (line.kind == Kind::set) {
    line.member = text;
    return !text.empty();
  }
  line.is_relative = line.kind == Kind::gauge && (text.starts_with('+') || text.starts_with('-'));
  if (text.empty()) return false;
  while (!text.empty()) {
    const auto number = number_in(core::take_until(text, ':'));
    if (!number || (line.kind == Kind::counter && *number < 0)) return false;
    line.values.push_back(line.kind == Kind::timer ? *number / 1000 : *number);
  }
  return true;
}

bool read_rate(std::string_view text, Line& line) {
  const auto rate = number_in(text);
  if (!rate || *rate <= 0 || *rate > 1) return false;
  if (line.kind != Kind::gauge && line.kind != Kind::set) line.weight = 1 / *rate;
  return std::isfinite(line.weight);
}

// "env:prod,debug": a tag without a value is there, which is all that it says.
bool read_tags(std::string_view text, Line& line) {
  while (!text.empty()) {
    std::string_view tag = core::take_until(text, ',');
    const bool has_value = tag.find(':') != std::string_view::npos;
    const std::string_view name = core::take_until(tag, ':');
    if (name.empty()) continue;
    if (line.labels.size() == most_tags) return false;
    line.labels.push_back({label_from(name), has_value ? std::string(tag) : "true"});
  }
  return true;
}

void put_in_order(telemetry::Labels& labels) {
  std::ranges::stable_sort(labels, {}, &telemetry::Label::name);
  const auto twice = std::ranges::unique(labels, {}, &telemetry::Label::name);
  labels.erase(twice.begin(), twice.end());
}

// Behind the type: "@0.1", "#tags", and what newer clients say of containers and of the time.
std::optional<Fault> read_rest(std::string_view rest, Line& line) {
  while (!rest.empty()) {
    std::string_view part = core::take_until(rest, '|');
    if (part.empty()) return Fault::syntax;
    const char mark = part.front();
    if (mark == '@') {
      if (!read_rate(part.substr(1), line)) return Fault::value;
    } else if (mark == '#') {
      if (!read_tags(part.substr(1), line)) return Fault::too_long;
    } else if (mark != 'T' && !part.starts_with("c:") && !part.starts_with("e:") &&
               !part.starts_with("card:")) {
      return Fault::syntax;
    }
  }
  return std::nullopt;
}

std::size_t bytes_of(const Line& line) {
  std::size_t bytes = line.name.size();
  for (const telemetry::Label& label : line.labels) bytes += label.name.size() + label.value.size();
  return bytes;
}

}  // namespace

tl::expected<Line, Fault> read_line(std::string_view text) {
  if (text.starts_with("_e{") || text.starts_with("_sc|")) return tl::unexpected(Fault::unsupported);
  const std::size_t colon = text.find(':');
  const std::size_t bar = text.find('|', colon);
  if (colon == 0 || colon == std::string_view::npos || bar == std::string_view::npos) {
    return tl::unexpected(Fault::syntax);
  }
  if (colon > most_bytes) return tl::unexpected(Fault::too_long);
  Line line;
  line.name = name_from(text.substr(0, colon), true);
  const std::string_view values = text.substr(colon + 1, bar - colon - 1);
  std::string_view rest = text.substr(bar + 1);
  const auto kind = kind_of(core::take_until(rest, '|'));
  if (!kind) return tl::unexpected(Fault::kind);
  line.kind = *kind;
  if (!read_values(values, line)) return tl::unexpected(Fault::value);
  if (const auto fault = read_rest(rest, line)) return tl::unexpected(*fault);
  put_in_order(line.labels);
  if (bytes_of(line) > most_bytes) return tl::unexpected(Fault::too_long);
  return line;
}

}  // namespace outrider::sources::statsd
