// One who looks: at which points, at which documents, and what is kept for him until he fetches it. Bounded
// in bytes; what has no room is counted and goes by unseen, so that the newest never pushes out what is about
// to be read.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/taps.hpp"
#include "agent/telemetry/record.hpp"
#include "agent/transforms/event.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::pipeline {

// Where one can look, in the order in which a record comes by.
enum class Stage : std::uint8_t { source, left_out, offered, answered, parked, dropped };
inline constexpr std::size_t stage_count = 6;

std::string_view name_of(Stage stage);
std::string_view help_of(Stage stage);
std::optional<Stage> read_stage(std::string_view word);

// A record as it came by a point; its text is its document.
struct Sight {
  Stage stage;
  std::string_view of;  // whose point it is: a source's or a sink's name
  std::string_view stream;
  const telemetry::Record& record;
  std::string_view fate{};  // "refused"; may be empty
  std::string_view why{};
  std::span<const transforms::Note> steps{};
};

class Tap {
 public:
  static constexpr std::uint64_t most_bytes = 256u << 10;
  // What a filter may read of the river in a second; what is beyond goes by unseen.
  static constexpr std::uint64_t most_read_bytes = 16u << 20;

  struct Point {
    Stage stage;
    std::string part;  // of a name; empty: any
  };

  Tap(std::uint64_t id, std::vector<Point> points, core::TapQuestion question);

  std::uint64_t id() const { return id_; }
  bool looks_at(Stage stage) const;
  bool looks_at(Stage stage, std::string_view of) const;
  bool full() const { return bytes_ + 1024 > most_bytes; }

  void saw(const Sight& sight, core::Instant now);
  core::TapNews next(std::uint64_t after);

  core::Instant asked{};  // for the last time

 private:
  bool may_read(std::uint64_t bytes, core::Instant now);
  bool wanted(std::string_view document);

  std::uint64_t id_;
  std::vector<Point> points_;
  core::TapQuestion question_;
  std::deque<std::string> records_;
  std::uint64_t first_ = 1;  // the number of the first of them
  std::uint64_t bytes_ = 0;
  std::uint64_t unseen_ = 0;
  core::Instant second_began_{};
  std::uint64_t read_bytes_ = 0;  // since then
};

}  // namespace outrider::pipeline
