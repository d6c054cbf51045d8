// A portion that a receiver does not like, looked through for what it means: halves, and halves of those,
// down to a single series. Pure.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sinks::remote_write {

class Split {
 public:
  static core::Outcome<Split> of(std::string_view packed);
  Split(const Split&) = delete;
  Split& operator=(const Split&) = delete;
  Split(Split&&) = default;
  Split& operator=(Split&&) = default;

  bool is_done() const { return left_.empty(); }
  // What is to be sent next, packed, and how many series that is.
  std::string next() const;
  std::size_t next_size() const { return left_.back().second - left_.back().first; }

  void taken();
  // Not all of it: halves, unless it is a single one, or so many were asked about that no more is found out.
  // `for_good`: it will not be asked about again either.
  void refused(bool for_good);

  std::size_t refused_series() const { return refused_; }
  // One that was refused, for a person to read; empty: none was.
  const std::string& example() const { return example_; }
  std::string example_of_next() const;

 private:
  using Range = std::pair<std::size_t, std::size_t>;
  struct Place {  // where a series lies, and what it is
    std::size_t family, family_length, series, series_length;
  };

  Split() = default;
  void give_up(Range range);
  std::string shown(std::size_t series) const;

  std::string plain_;
  std::vector<Place> series_;
  std::vector<Range> left_;  // of series, the next one last
  std::size_t asked_ = 0, refused_ = 0, alone_ = 0;
  bool any_taken_ = false;
  std::string example_;
};

}  // namespace outrider::sinks::remote_write
