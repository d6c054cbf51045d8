#include "agent/sinks/elasticsearch/bulk/target.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::sinks::elasticsearch {
namespace {

constexpr std::string_view forbidden = "\\/*?\"<>| ,#:";
constexpr std::size_t longest_name_bytes = 255;

}  // namespace

core::Outcome<> check_name(std::string_view name, bool with_times) {
  const auto bad = [&](std::string_view why) {
    return core::fail(core::Errc::invalid, fmt::format("\"{}\" cannot be its name: {}", name, why));
  };
  if (name.empty()) return bad("it is empty");
  if (name.size() > longest_name_bytes) return bad("it is longer than 255 bytes");
  if (std::string_view("-_+.").find(name[0]) != std::string_view::npos) {
    return bad("it must not begin with - _ + or a point");
  }
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '%') {
      const char letter = at + 1 < name.size() ? name[at + 1] : ' ';
      const bool known = with_times && std::string_view("YmdH").find(letter) != std::string_view::npos;
      if (!known) return bad(with_times ? "after % comes one of Y m d H" : "it has a % in it");
      ++at;
      continue;
    }
    if (name[at] >= 'A' && name[at] <= 'Z') return bad("it must be in lower case");
    if (static_cast<unsigned char>(name[at]) <= 0x20 || forbidden.find(name[at]) != std::string_view::npos) {
      return bad(fmt::format("it has a '{}' in it", name[at]));
    }
  }
  return {};
}

IndexName::IndexName(std::string_view pattern)
    : pattern_(pattern), dated_(pattern.find('%') != std::string_view::npos), name_(pattern) {}

const std::string& IndexName::at(core::WallTime time) {
  if (!dated_) return name_;
  const auto hour = std::chrono::floor<std::chrono::hours>(time);
  if (hour == hour_ && name_ != pattern_) return name_;
  hour_ = hour;
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  const auto clock = (hour - std::chrono::floor<std::chrono::days>(time)).count();
  name_.clear();
  for (std::size_t i = 0; i < pattern_.size(); ++i) {
    if (pattern_[i] != '%') {
      name_ += pattern_[i];
      continue;
    }
    switch (pattern_[++i]) {
      case 'Y': name_ += fmt::format("{:04}", static_cast<int>(day.year())); break;
      case 'm': name_ += fmt::format("{:02}", static_cast<unsigned>(day.month())); break;
      case 'd': name_ += fmt::format("{:02}", static_cast<unsigned>(day.day())); break;
      default: name_ += fmt::format("{:02}", clock); break;
    }
  }
  return name_;
}

}  // namespace outrider::sinks::elasticsearch
