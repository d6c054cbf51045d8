// How many records of each key have gone on that were written in one period of the past: for what is caught
// up with, in whatever order it is read. Bounded: the oldest periods are forgotten, and allowed anew.
#pragma once

#include "agent/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace outrider::transforms::steps {

class Windows {
 public:
  static constexpr std::size_t most = 10'000;

  Windows(std::uint32_t records, core::Duration per) : records_(records), per_(per) {}

  // Whether one more of this key may go on that was written then.
  bool take(const std::string& key, core::WallTime written);
  std::size_t size() const { return counts_.size(); }

 private:
  std::uint32_t records_;
  core::Duration per_;
  std::map<std::pair<std::int64_t, std::string>, std::uint32_t> counts_;
};

}  // namespace outrider::transforms::steps
