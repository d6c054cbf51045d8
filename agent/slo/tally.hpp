// How many answers of a probe were good and how many bad, over the last minutes, hours and days. Two rings of
// counts: minutes for what burns now, quarters of an hour for the whole period. Pure; some kilobytes, never
// more.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::slo {

struct Counts {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;

  static Counts of(bool is_good) { return {is_good ? 1u : 0u, is_good ? 0u : 1u}; }
  std::uint64_t all() const { return good + bad; }
  bool operator==(const Counts&) const = default;
};

// A ring of counts by time. What is older than its length is forgotten; what comes late is counted where it
// belongs, as long as that is there.
class Ring {
 public:
  Ring(core::Duration step, core::Duration length);

  void add(core::WallTime when, Counts counts);
  // Of the last `window` before `now`; the step that `now` lies in counts, the one that only begins before
  // does not.
  Counts within(core::Duration window, core::WallTime now) const;

  core::Duration step() const { return step_; }

  // As text, for a file: "<index> <good> <bad>" a line, the oldest first, only what is not empty.
  void write(std::string& out) const;
  void take(std::int64_t index, Counts counts);

 private:
  std::int64_t index_of(core::WallTime when) const;
  Counts& slot(std::int64_t index) { return slots_[static_cast<std::size_t>(index) % slots_.size()]; }
  const Counts& slot(std::int64_t index) const {
    return slots_[static_cast<std::size_t>(index) % slots_.size()];
  }
  bool make_room(std::int64_t index);  // false: too old

  core::Duration step_;
  std::vector<Counts> slots_;
  std::int64_t newest_ = 0;  // the index of the newest step
};

class Tally {
 public:
  static constexpr core::Duration fine_length = std::chrono::hours(7);

  explicit Tally(core::Duration period);

  void add(core::WallTime when, Counts counts);
  Counts within(core::Duration window, core::WallTime now) const;
  core::Duration period() const { return period_; }

  // What another run wrote; nothing of it where it cannot be read, and false.
  std::string written() const;
  bool read(std::string_view text);

 private:
  core::Duration period_;
  Ring fine_, coarse_;
};

}  // namespace outrider::slo
