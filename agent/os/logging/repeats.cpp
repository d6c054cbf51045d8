#include "agent/os/logging/repeats.hpp"

#include <algorithm>

namespace outrider::os {

bool Repeats::hear(Said said, std::string_view identity, core::Instant now) {
  if (said.level == core::Level::debug) return true;
  const bool can_repeat = said.level >= core::Level::warn;
  std::string key;
  if (can_repeat) {
    key = std::string(core::name_of(said.level)) + '\0' + said.room + '\0' + said.what + '\0';
    key += identity;
    const auto run = runs_.find(key);
    if (run != runs_.end() && now - run->second.heard < period_) {
      ++held_back_;
      ++run->second.unsaid;
      run->second.last = std::move(said);
      run->second.heard = now;
      if (now - run->second.written >= period_) summarise(run->second, now);
      return false;
    }
    if (run != runs_.end()) {  // quiet for long: a new run
      summarise(run->second, now);
      runs_.erase(run);
    }
  }
  close_room(said, now);
  if (can_repeat) {
    make_room(now);
    runs_.emplace(std::move(key), Run{.last = std::move(said), .unsaid = 0, .written = now, .heard = now});
  }
  return true;
}

void Repeats::summarise(Run& run, core::Instant now) {
  if (run.unsaid == 0) return;
  summarise_(run.last, run.unsaid);
  run.unsaid = 0;
  run.written = now;
}

// News from a room comes after what the room has not told yet, and good news ends its failures.
void Repeats::close_room(const Said& news, core::Instant now) {
  for (auto run = runs_.begin(); run != runs_.end();) {
    const auto current = run++;
    if (current->second.last.room != news.room) continue;
    summarise(current->second, now);
    if (news.level == core::Level::info) runs_.erase(current);
  }
}

void Repeats::make_room(core::Instant now) {
  if (runs_.size() < most_runs_) return;
  const auto oldest = std::ranges::min_element(
      runs_, [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; });
  summarise(oldest->second, now);
  runs_.erase(oldest);
}

void Repeats::flush(core::Instant now, bool ending) {
  for (auto run = runs_.begin(); run != runs_.end();) {
    const auto current = run++;
    const bool is_over = now - current->second.heard >= period_;
    if (ending || is_over || now - current->second.written >= period_) summarise(current->second, now);
    if (is_over || ending) runs_.erase(current);
  }
}

}  // namespace outrider::os
