// A file as memory. What is written there is in the kernel's hands at once, so it outlives the program
// however that ends; a power cut it may not outlive.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace outrider::os {

class Mapping {
 public:
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  virtual ~Mapping() = default;

  virtual std::span<char> bytes() = 0;
  // This part is not needed soon: it counts as our memory no more until it is touched again. Its content
  // stays.
  virtual void rest(std::size_t from, std::size_t count) = 0;
};

// Of exactly this size: what is there with another size is emptied first. Every block is really written when
// the file is made, so that a disk that is full later harms nobody who writes. Blocks: not on a river.
core::Outcome<std::unique_ptr<Mapping>> map_file(const std::string& path, std::uint64_t bytes);

// The same without a file, for simulation.
core::Outcome<std::unique_ptr<Mapping>> map_nothing(const std::string& path, std::uint64_t bytes);

}  // namespace outrider::os
