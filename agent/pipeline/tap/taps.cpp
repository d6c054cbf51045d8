#include "agent/pipeline/tap/taps.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <array>

namespace outrider::pipeline {
namespace {

using core::Errc;

constexpr std::size_t most_words = 16;

std::string full_name(Stage stage, const std::string& of) { return std::string(name_of(stage)) + ":" + of; }

std::string_view nearest_stage(std::string_view typed) {
  std::array<std::string_view, stage_count> names{};
  for (std::size_t i = 0; i < stage_count; ++i) names[i] = name_of(static_cast<Stage>(i));
  return core::nearest(typed, names.data(), names.data() + names.size());
}

}  // namespace

bool Taps::looked_at(Stage stage) const {
  return std::any_of(taps_.begin(), taps_.end(), [stage](const auto& tap) { return tap->looks_at(stage); });
}

bool Taps::have_room(Stage stage) const {
  return std::any_of(taps_.begin(), taps_.end(),
                     [stage](const auto& tap) { return tap->looks_at(stage) && !tap->full(); });
}

void Taps::saw(const Sight& sight) {
  for (const auto& tap : taps_) {
    if (tap->looks_at(sight.stage, sight.of)) tap->saw(sight, clock_.now());
  }
}

std::vector<core::TapPoint> Taps::points() const {
  std::vector<core::TapPoint> all;
  for (const auto& [stage, of] : points_) all.push_back({full_name(stage, of), std::string(help_of(stage))});
  return all;
}

core::Outcome<std::vector<Tap::Point>> Taps::read_points(const std::vector<std::string>& words) const {
  if (words.empty() || words.size() > most_words)
    return core::fail(Errc::invalid, "cannot tell where to look", "outrider tap lists the points");
  std::vector<Tap::Point> read;
  for (const std::string& word : words) {
    const auto colon = word.find(':');
    const std::string kind = word.substr(0, colon);
    const auto stage = read_stage(kind);
    if (!stage) {
      const std::string_view meant = nearest_stage(kind);
      return core::fail(
          Errc::invalid, "cannot find the point \"" + core::clean_utf8(word) + "\"",
          meant.empty() ? "outrider tap lists the points" : "did you mean " + std::string(meant) + "?");
    }
    const std::string part = colon == std::string::npos ? "" : word.substr(colon + 1);
    const bool there = std::any_of(points_.begin(), points_.end(), [&](const auto& point) {
      return point.first == *stage && point.second.find(part) != std::string::npos;
    });
    if (!there) {
      return core::fail(
          Errc::invalid,
          "cannot find a point of " + kind + " with \"" + core::clean_utf8(part) + "\" in its name",
          "outrider tap lists the points");
    }
    read.push_back({*stage, part});
  }
  return read;
}

std::vector<std::string> Taps::matching(const Tap& tap) const {
  std::vector<std::string> names;
  for (const auto& [stage, of] : points_) {
    if (tap.looks_at(stage, of)) names.push_back(full_name(stage, of));
  }
  return names;
}

core::Outcome<core::OpenTap> Taps::open(const std::string& who, core::TapQuestion question) {
  expire();
  auto points = read_points(question.points);
  if (!points) return core::fail(points.error());
  if (taps_.size() >= most_taps) {
    return core::fail(
        Errc::exhausted, "cannot open another tap: " + std::to_string(most_taps) + " are open already",
        "end one; one that nobody reads ends by itself within " + core::show_duration(patience));
  }
  const std::uint64_t id = random_.next() >> 12;  // whole in any JSON
  auto tap = std::make_unique<Tap>(id, std::move(*points), std::move(question));
  tap->asked = clock_.now();
  core::OpenTap opened{id, matching(*tap)};
  std::string names;
  for (const std::string& name : opened.points) names += (names.empty() ? "" : ", ") + name;
  log_.info("pipeline", "Somebody looks at the logs as they go by", {{"who", who}, {"at", names}});
  taps_.push_back(std::move(tap));
  ++audiences_;
  return opened;
}

core::Outcome<core::TapNews> Taps::next(std::uint64_t id, std::uint64_t after) {
  for (const auto& tap : taps_) {
    if (tap->id() != id) continue;
    tap->asked = clock_.now();
    return tap->next(after);
  }
  return core::fail(Errc::not_found, "cannot find that tap: it has ended", "open another");
}

core::Outcome<> Taps::end(std::uint64_t id) {
  const auto gone = std::erase_if(taps_, [id](const auto& tap) { return tap->id() == id; });
  if (gone == 0) return core::fail(Errc::not_found, "cannot find that tap: it has ended");
  return {};
}

void Taps::expire() {
  if (taps_.empty()) return;
  const core::Instant now = clock_.now();
  std::erase_if(taps_, [now](const auto& tap) { return now - tap->asked > patience; });
}

}  // namespace outrider::pipeline
