// Which of the log's failures are repetitions, and what is to be said of them. Bounded; knows no clock and no
// file.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/log.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::os {

// One thing that was said, ready to be written.
struct Said {
  core::Level level{};
  std::string room;
  std::string what;
  std::string fields;  // already in the style of the log
  core::WallTime at{};
};

class Repeats {
 public:
  // Writes the last of a run and how many there were since the run's last line, that one included.
  using Summarise = std::function<void(const Said& last, std::uint64_t times)>;

  Repeats(core::Duration period, Summarise summarise, std::size_t most_runs = 256)
      : period_(period), most_runs_(most_runs), summarise_(std::move(summarise)) {}

  // True when `said` is to be written now; then whatever must come before it has been summarised.
  bool hear(Said said, std::string_view identity, core::Instant now);

  // Summarises what is due; everything when `ending`.
  void flush(core::Instant now, bool ending);

  std::uint64_t held_back() const { return held_back_; }
  std::size_t runs() const { return runs_.size(); }

 private:
  struct Run {
    Said last;
    std::uint64_t unsaid = 0;  // since the run's last line
    core::Instant written;
    core::Instant heard;
  };

  void summarise(Run& run, core::Instant now);
  void close_room(const Said& news, core::Instant now);
  void make_room(core::Instant now);

  core::Duration period_;
  std::size_t most_runs_;
  Summarise summarise_;
  std::map<std::string, Run> runs_;
  std::uint64_t held_back_ = 0;
};

}  // namespace outrider::os
