#include "agent/sources/otlp/names/metric_names.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace outrider::sources::otlp {
namespace {

using Words = std::vector<std::string>;
using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array<Entry, 28> units{{
    {"d", "days"},
    {"h", "hours"},
    {"min", "minutes"},
    {"s", "seconds"},
    {"ms", "milliseconds"},
    {"us", "microseconds"},
    {"ns", "nanoseconds"},
    {"By", "bytes"},
    {"KiBy", "kibibytes"},
    {"MiBy", "mebibytes"},
    {"GiBy", "gibibytes"},
    {"TiBy", "tibibytes"},
    {"KBy", "kilobytes"},
    {"MBy", "megabytes"},
    {"GBy", "gigabytes"},
    {"TBy", "terabytes"},
    {"m", "meters"},
    {"V", "volts"},
    {"A", "amperes"},
    {"J", "joules"},
    {"W", "watts"},
    {"g", "grams"},
    {"Cel", "celsius"},
    {"Hz", "hertz"},
    {"1", ""},
    {"%", "percent"},
    {"kHz", "kilohertz"},
    {"kg", "kilograms"},
}};
constexpr std::array<Entry, 7> per_units{{{"s", "second"},
                                          {"m", "minute"},
                                          {"h", "hour"},
                                          {"d", "day"},
                                          {"w", "week"},
                                          {"mo", "month"},
                                          {"y", "year"}}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What is between the characters that no name may have.
Words words_of(std::string_view text, bool may_have_colons) {
  Words words;
  bool is_within = false;
  for (const char c : text) {
    const bool is_part = is_letter(c) || is_digit(c) || (may_have_colons && c == ':');
    if (is_part && !is_within) words.emplace_back();
    if (is_part) words.back() += c;
    is_within = is_part;
  }
  return words;
}

std::string joined(const Words& words) {
  std::string all;
  for (const std::string& word : words) {
    if (!all.empty()) all += '_';
    all += word;
  }
  return all;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// What a unit is as a word. Notes in braces are none.
template <std::size_t size>
std::string word_of(std::string_view unit, const std::array<Entry, size>& known) {
  unit = trimmed(unit);
  if (unit.find_first_of("{}") != std::string_view::npos) return {};
  const auto found = std::ranges::find(known, unit, &Entry::first);
  return found == known.end() ? joined(words_of(unit, false)) : std::string(found->second);
}

void add_once(Words& words, const std::string& word) {
  if (!word.empty() && std::ranges::find(words, word) == words.end()) words.push_back(word);
}

void move_to_end(Words& words, std::string word) {
  std::erase(words, word);
  words.push_back(std::move(word));
}

}  // namespace

MetricName metric_name(std::string_view name, std::string_view unit, telemetry::MetricType type,
                       bool is_gauge_of_otlp) {
  Words words = words_of(name, true);
  if (words.empty()) return {};
  const std::size_t slash = unit.find('/');
  MetricName made;
  made.unit = word_of(unit.substr(0, slash), units);
  add_once(words, made.unit);
  if (slash != std::string_view::npos) {
    const std::string per = word_of(unit.substr(slash + 1), per_units);
    if (!per.empty()) add_once(words, "per_" + per);
  }
  if (type == telemetry::MetricType::counter) move_to_end(words, "total");
  if (is_gauge_of_otlp && trimmed(unit) == "1") {
    made.unit = "ratio";
    move_to_end(words, made.unit);
  }
  made.name = joined(words);
  if (is_digit(made.name.front())) made.name.insert(0, "_");
  const bool is_counter = type == telemetry::MetricType::counter;
  const std::string_view family =
      std::string_view(made.name).substr(0, made.name.size() - (is_counter ? 6 : 0));
  if (made.unit.empty() || !family.ends_with("_" + made.unit)) made.unit.clear();
  return made;
}

std::string label_name(std::string_view attribute) {
  std::string name;
  for (const char c : attribute) name += is_letter(c) || is_digit(c) ? c : '_';
  if (name.empty()) return "key_";
  const bool is_reserved = name.starts_with("__") || name == "le" || name == "quantile";
  if (is_reserved || is_digit(name.front())) name.insert(0, "key_");
  return name;
}

}  // namespace outrider::sources::otlp
