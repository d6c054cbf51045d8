// What the upper river carries, overheard by the lower one: each line that comes by is told to whoever
// listens, who keeps no line, only how many of those he cares for came lately. Any thread.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/os/turns.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::telemetry {

class Ear {
 public:
  // Whether a document, as a sink would get it, is one to be counted. Asked on the upper river; must not
  // block.
  using Wanted = std::function<bool(std::string_view document)>;

  Ear(Wanted wanted, core::Duration window, core::Instant now);

  struct Moment {
    core::Instant now;
    core::WallTime wall;
  };
  // A document that is older than the window by its own @timestamp is history that is read late: not counted.
  void hear(Moment moment, std::string_view document);

  struct Heard {
    std::uint64_t wanted = 0;  // within the window
    std::string last{};        // the newest of them, cut
    bool anything = false;     // whether any line has ever come by
    core::Instant since;       // counted from then on
  };
  Heard heard(core::Instant now) const;

  // What was counted is forgotten: who wrote it is no more.
  void begin_again(core::Instant now);

 private:
  static constexpr std::size_t slices = 60;
  struct Slice {
    std::int64_t number = -1;  // counted from the clock's beginning
    std::uint64_t wanted = 0;
  };
  std::int64_t slice_of(core::Instant now) const { return now.time_since_epoch() / (window_ / slices); }

  const Wanted wanted_;
  const core::Duration window_;
  mutable os::Turns turns_;
  std::array<Slice, slices> counted_{};
  std::string last_;
  core::Instant since_;
  std::atomic<bool> anything_ = false;
};

class Ears {
 public:
  // Hears until the last owner lets go of it.
  std::shared_ptr<Ear> listen(Ear::Wanted wanted, core::Duration window, core::Instant now);

  bool anybody() const { return count_ > 0; }  // costs next to nothing
  void hear(Ear::Moment moment, std::string_view document);

  // A new process writes from now on: the lines of the one before say nothing of it.
  void begin_again(core::Instant now);

 private:
  os::Turns turns_;
  std::vector<std::weak_ptr<Ear>> ears_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace outrider::telemetry
